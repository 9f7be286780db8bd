"""What happened to a record and the rules that were loaded are never rewritten."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION credit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER credit_recordevent_append_only BEFORE UPDATE OR DELETE ON credit_recordevent
    FOR EACH ROW EXECUTE FUNCTION credit_append_only();
CREATE TRIGGER credit_creditrules_append_only BEFORE UPDATE OR DELETE ON credit_creditrules
    FOR EACH ROW EXECUTE FUNCTION credit_append_only();
"""
BACKWARD = """
DROP TRIGGER credit_creditrules_append_only ON credit_creditrules;
DROP TRIGGER credit_recordevent_append_only ON credit_recordevent;
DROP FUNCTION credit_append_only();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("credit", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
