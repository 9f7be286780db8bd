"""What was delivered and what was seen of it stays as it is, in the database itself."""

from __future__ import annotations

from django.db import migrations

TABLES = (
    "facts_delivery",
    "facts_rejectedrow",
    "facts_snapshot",
    "facts_snapshotdelivery",
)
FORWARD = """
CREATE FUNCTION facts_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'deliveries and snapshots are never changed or deleted; deliver again'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION facts_immutable();\n"
    for table in TABLES
)
BACKWARD = (
    "".join(f"DROP TRIGGER {table}_immutable ON {table};\n" for table in TABLES)
    + "DROP FUNCTION facts_immutable();"
)


class Migration(migrations.Migration):
    """Triggers on deliveries, refused rows and snapshots."""

    dependencies = [("facts", "0001_sources_deliveries_snapshots")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
