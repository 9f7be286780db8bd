"""What must hold of the books is held by the database, whoever writes.

Balances follow from transfers (a statement trigger, so that a batch costs one update for each
account), transfers and closed periods are never rewritten, nobody posts into a closed period.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

_RAISE = "USING ERRCODE = 'integrity_constraint_violation'"

# Accounts are locked in the order of their numbers before any of them is written: two who post at
# once wait for each other and never in a circle. The planner must not settle on reading all
# accounts because the first batch of a connection happened to be large (or on anything because it
# happened to be small): the way by the primary key is right for every size.
POSTED = f"""
CREATE FUNCTION ledger_posted() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    bad text;
    wrong text;
    ids bigint[];
    units text[];
    taken bigint[];
    given bigint[];
    done bigint;
BEGIN
    PERFORM 1 FROM ledger_period p WHERE p.key IN (SELECT DISTINCT f.period_id FROM fresh f)
      ORDER BY p.key FOR SHARE;
    SELECT f.period_id INTO bad FROM (SELECT DISTINCT period_id FROM fresh) f
      LEFT JOIN ledger_period p ON p.key = f.period_id
     WHERE p.key IS NULL OR p.closed_at IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger_period_closed: %', bad {_RAISE}, CONSTRAINT = 'ledger_period_closed';
    END IF;
    SELECT array_agg(account), array_agg(unit), array_agg(d), array_agg(c)
      INTO ids, units, taken, given
      FROM (SELECT account, unit, sum(d)::bigint AS d, sum(c)::bigint AS c
              FROM (SELECT debit_id AS account, unit, amount AS d, 0::bigint AS c FROM fresh
                    UNION ALL
                    SELECT credit_id, unit, 0, amount FROM fresh) both_sides
             GROUP BY account, unit) sums;
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM ledger_account WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE ledger_account a SET debits = a.debits + m.d, credits = a.credits + m.c
      FROM unnest(ids, units, taken, given) AS m(account, unit, d, c)
     WHERE a.id = m.account AND a.unit = m.unit AND NOT a.closed;
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> cardinality(ids) THEN
        SELECT coalesce(a.code, m.account::text), CASE WHEN a.id IS NULL THEN 'ledger_no_account'
               WHEN a.unit <> m.unit THEN 'ledger_other_unit' ELSE 'ledger_account_closed' END
          INTO bad, wrong
          FROM unnest(ids, units) AS m(account, unit)
          LEFT JOIN ledger_account a ON a.id = m.account
         WHERE a.id IS NULL OR a.unit <> m.unit OR a.closed LIMIT 1;
        RAISE EXCEPTION '%: %', wrong, bad {_RAISE}, CONSTRAINT = wrong;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_posted AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_posted();
"""

FIXED = f"""
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME {_RAISE}, CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER ledger_transfer_append_only BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_periodbalance_append_only BEFORE UPDATE OR DELETE ON ledger_periodbalance
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_budgetchange_append_only BEFORE UPDATE OR DELETE ON ledger_budgetchange
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_settlement_append_only BEFORE UPDATE OR DELETE ON ledger_settlement
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
"""

# Inside the trigger above pg_trigger_depth() is 1 where these conditions are looked at; in a
# statement of somebody else's it is 0.
ACCOUNTS = f"""
CREATE FUNCTION ledger_account_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account keeps its code, unit and side; its sums come from transfers; it stays'
        {_RAISE}, CONSTRAINT = 'ledger_account_kept';
END $$;
CREATE TRIGGER ledger_account_begins_empty BEFORE INSERT ON ledger_account FOR EACH ROW
    WHEN (NEW.debits <> 0 OR NEW.credits <> 0) EXECUTE FUNCTION ledger_account_kept();
CREATE TRIGGER ledger_account_sums BEFORE UPDATE ON ledger_account FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (NEW.debits <> OLD.debits OR NEW.credits <> OLD.credits
          OR NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.unit <> OLD.unit
          OR NEW.side <> OLD.side))
    EXECUTE FUNCTION ledger_account_kept();
CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_kept();
ALTER TABLE ledger_account SET (fillfactor = 50);
"""

# One lock for opening and closing: nobody opens an earlier month while a later one is being closed.
PERIODS = f"""
CREATE FUNCTION ledger_period_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_period'));
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'periods stay' {_RAISE}, CONSTRAINT = 'ledger_period_kept';
    ELSIF TG_OP = 'UPDATE' AND (OLD.closed_at IS NOT NULL OR NEW.key <> OLD.key) THEN
        RAISE EXCEPTION 'period % is closed for good', OLD.key
            {_RAISE}, CONSTRAINT = 'ledger_period_kept';
    ELSIF TG_OP = 'UPDATE' AND NEW.closed_at IS NOT NULL AND EXISTS (
            SELECT FROM ledger_period WHERE key < NEW.key AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'a period before % is still open', NEW.key
            {_RAISE}, CONSTRAINT = 'ledger_period_order';
    ELSIF TG_OP = 'INSERT' AND EXISTS (
            SELECT FROM ledger_period WHERE key > NEW.key AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'ledger_period_closed: % (a later period is closed)', NEW.key
            {_RAISE}, CONSTRAINT = 'ledger_period_closed';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER ledger_period_kept BEFORE INSERT OR UPDATE OR DELETE ON ledger_period
    FOR EACH ROW EXECUTE FUNCTION ledger_period_kept();
CREATE INDEX ledger_transfer_period ON ledger_transfer USING brin (period_id)
    WITH (pages_per_range = 16, autosummarize = on);
"""

BACKWARD = """
DROP INDEX ledger_transfer_period;
DROP TRIGGER ledger_period_kept ON ledger_period;
DROP FUNCTION ledger_period_kept();
DROP TRIGGER ledger_account_stays ON ledger_account;
DROP TRIGGER ledger_account_sums ON ledger_account;
DROP TRIGGER ledger_account_begins_empty ON ledger_account;
DROP FUNCTION ledger_account_kept();
DROP TRIGGER ledger_settlement_append_only ON ledger_settlement;
DROP TRIGGER ledger_budgetchange_append_only ON ledger_budgetchange;
DROP TRIGGER ledger_periodbalance_append_only ON ledger_periodbalance;
DROP TRIGGER ledger_transfer_append_only ON ledger_transfer;
DROP FUNCTION ledger_append_only();
DROP TRIGGER ledger_posted ON ledger_transfer;
DROP FUNCTION ledger_posted();
"""


class Migration(migrations.Migration):
    """Triggers on transfers, accounts and periods."""

    dependencies: ClassVar = [("ledger", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(POSTED + FIXED + ACCOUNTS + PERIODS, BACKWARD)]
