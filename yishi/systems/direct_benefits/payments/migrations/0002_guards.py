"""What was checked never changes, its lines add up, and what happened to a line never un-happens."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION benefit_payments_rank(state text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE state WHEN 'waiting' THEN 0 WHEN 'sent' THEN 1 WHEN 'rejected' THEN 2
        WHEN 'booked' THEN 3 WHEN 'returned' THEN 4 ELSE 9 END
$$;
CREATE FUNCTION benefit_payments_guard_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_order text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.order_id, OLD.position, OLD.about_kind, OLD.about_id, OLD.key, OLD.attempt,
            OLD.end_to_end_id, OLD.party_id, OLD.account_id, OLD.amount_fen, OLD.budget_line_id,
            OLD.shares, OLD.purpose, OLD.not_before, OLD.made_on)
           IS DISTINCT FROM
           (NEW.order_id, NEW.position, NEW.about_kind, NEW.about_id, NEW.key, NEW.attempt,
            NEW.end_to_end_id, NEW.party_id, NEW.account_id, NEW.amount_fen, NEW.budget_line_id,
            NEW.shares, NEW.purpose, NEW.not_before, NEW.made_on) THEN
            RAISE EXCEPTION 'a payment line is not rewritten'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF OLD.ledger_key <> '' AND NEW.ledger_key <> OLD.ledger_key THEN
            RAISE EXCEPTION 'a payment line keeps its name in the ledger'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.state IS DISTINCT FROM OLD.state AND (
            OLD.state = 'cancelled'
            OR (NEW.state = 'cancelled' AND OLD.state <> 'waiting')
            OR benefit_payments_rank(NEW.state) < benefit_payments_rank(OLD.state)
        ) THEN
            RAISE EXCEPTION 'a payment line does not go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT state INTO of_order FROM benefit_payments_paymentorder
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
    IF of_order IS NOT NULL AND of_order <> 'draft' THEN
        RAISE EXCEPTION 'the lines of a checked order are final'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER benefit_payments_line_guard
    BEFORE INSERT OR UPDATE OR DELETE ON benefit_payments_paymentline
    FOR EACH ROW EXECUTE FUNCTION benefit_payments_guard_line();

CREATE FUNCTION benefit_payments_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint;
    fen bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'a checked order is not deleted'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state <> 'draft' AND (
        (OLD.number, OLD.unit_id, OLD.payer_id, OLD.purpose, OLD.count, OLD.total_fen,
         OLD.execute_on, OLD.content_hash, OLD.made_by, OLD.made_at, OLD.checked_by, OLD.checked_at)
        IS DISTINCT FROM
        (NEW.number, NEW.unit_id, NEW.payer_id, NEW.purpose, NEW.count, NEW.total_fen,
         NEW.execute_on, NEW.content_hash, NEW.made_by, NEW.made_at, NEW.checked_by, NEW.checked_at)
        OR NEW.state = 'draft'
        OR OLD.state = 'cancelled'
        OR (NEW.state = 'cancelled' AND OLD.state <> 'checked')
        OR (OLD.file_sha256 <> '' AND NEW.file_sha256 <> OLD.file_sha256)
    ) THEN
        RAISE EXCEPTION 'a checked order is not rewritten'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = 'draft' AND NEW.state NOT IN ('draft', 'cancelled') THEN
        SELECT count(*), coalesce(sum(amount_fen), 0) INTO lines, fen
            FROM benefit_payments_paymentline WHERE order_id = NEW.id;
        IF lines <> NEW.count OR fen <> NEW.total_fen THEN
            RAISE EXCEPTION 'the lines of order % do not add up', NEW.number
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER benefit_payments_order_guard
    BEFORE UPDATE OR DELETE ON benefit_payments_paymentorder
    FOR EACH ROW EXECUTE FUNCTION benefit_payments_guard_order();

CREATE SEQUENCE benefit_payments_order_number;
"""
BACKWARD = """
DROP SEQUENCE benefit_payments_order_number;
DROP TRIGGER benefit_payments_order_guard ON benefit_payments_paymentorder;
DROP FUNCTION benefit_payments_guard_order();
DROP TRIGGER benefit_payments_line_guard ON benefit_payments_paymentline;
DROP FUNCTION benefit_payments_guard_line();
DROP FUNCTION benefit_payments_rank(text);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("benefit_payments", "0001_first")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
