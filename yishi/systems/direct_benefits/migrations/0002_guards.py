"""What constraints of one table cannot say: frozen batches, payments before the platform."""

from __future__ import annotations

from django.db import migrations

FROZEN = """
CREATE FUNCTION benefit_batch_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.item_key, OLD.item_version_id, OLD.period, OLD.area, OLD.run_id, OLD.snapshot_hash,
      OLD.calendar_version, OLD.kind, OLD.parent_id, OLD.unit_id)
     IS DISTINCT FROM
     (NEW.item_key, NEW.item_version_id, NEW.period, NEW.area, NEW.run_id, NEW.snapshot_hash,
      NEW.calendar_version, NEW.kind, NEW.parent_id, NEW.unit_id)
  THEN
    RAISE EXCEPTION 'a batch is frozen: corrections come in a supplementary one'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER batch_frozen BEFORE UPDATE ON direct_benefits_batch
  FOR EACH ROW EXECUTE FUNCTION benefit_batch_frozen();
"""
UNFROZEN = """
DROP TRIGGER batch_frozen ON direct_benefits_batch;
DROP FUNCTION benefit_batch_frozen();
"""
#: Statement triggers with transition tables: ten thousand payouts are one look.
PRIOR = """
CREATE FUNCTION benefit_paid_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM added a JOIN direct_benefits_priorpayment p
               ON p.item_key = a.item_key AND p.party_id = a.party_id AND p.period = a.period
              WHERE a.state NOT IN ('struck', 'declined'))
  THEN
    RAISE EXCEPTION 'paid before the platform for the same item, party and period'
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'payout_paid_before';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER payout_paid_before AFTER INSERT ON direct_benefits_payout
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION benefit_paid_before();
"""
NO_PRIOR = """
DROP TRIGGER payout_paid_before ON direct_benefits_payout;
DROP FUNCTION benefit_paid_before();
"""


class Migration(migrations.Migration):
    dependencies = (("direct_benefits", "0001_first"),)
    operations = (
        migrations.RunSQL(FROZEN, UNFROZEN),
        migrations.RunSQL(PRIOR, NO_PRIOR),
    )
