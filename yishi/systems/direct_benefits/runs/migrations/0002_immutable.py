"""A run stays as it was, in the database itself."""

from __future__ import annotations

from django.db import migrations

FORWARD = """
CREATE SEQUENCE benefit_run_numbers;
CREATE FUNCTION benefit_run_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a run is never changed or deleted; run again'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER benefit_run_immutable BEFORE UPDATE OR DELETE ON benefit_runs_run
    FOR EACH STATEMENT EXECUTE FUNCTION benefit_run_immutable();
"""
BACKWARD = """
DROP TRIGGER benefit_run_immutable ON benefit_runs_run;
DROP FUNCTION benefit_run_immutable();
DROP SEQUENCE benefit_run_numbers;
"""


class Migration(migrations.Migration):
    """Trigger on runs."""

    dependencies = [("benefit_runs", "0001_runs_and_candidates")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
