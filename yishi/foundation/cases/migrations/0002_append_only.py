"""The trace is append-only in the database itself; only a note may be erased."""

from __future__ import annotations

from django.db import migrations

FORWARD = """
CREATE FUNCTION cases_trace_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ROW(NEW.id, NEW.case_id, NEW.seq, NEW.at, NEW.actor_ref, NEW.move,
                                NEW.body, NEW.algorithm, NEW.hash)
                 IS NOT DISTINCT FROM
                            ROW(OLD.id, OLD.case_id, OLD.seq, OLD.at, OLD.actor_ref, OLD.move,
                                OLD.body, OLD.algorithm, OLD.hash)
       AND NEW.note = '' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the trace is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER cases_trace_append_only BEFORE UPDATE OR DELETE ON cases_trace
    FOR EACH ROW EXECUTE FUNCTION cases_trace_append_only();
CREATE FUNCTION cases_catalogue_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'catalogue versions are immutable'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER cases_catalogue_immutable BEFORE UPDATE OR DELETE ON cases_catalogueversion
    FOR EACH ROW EXECUTE FUNCTION cases_catalogue_immutable();
"""
BACKWARD = """
DROP TRIGGER cases_trace_append_only ON cases_trace;
DROP FUNCTION cases_trace_append_only();
DROP TRIGGER cases_catalogue_immutable ON cases_catalogueversion;
DROP FUNCTION cases_catalogue_immutable();
"""


class Migration(migrations.Migration):
    """Triggers on traces and catalogue versions."""

    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
