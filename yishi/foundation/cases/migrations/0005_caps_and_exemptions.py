"""Deadlines that an order caps, and exemptions: rows that are only ever added."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION cases_exemption_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'exemptions are append-only'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER cases_exemption_append_only BEFORE UPDATE OR DELETE ON cases_exemption
    FOR EACH ROW EXECUTE FUNCTION cases_exemption_append_only();
"""
BACKWARD = """
DROP TRIGGER cases_exemption_append_only ON cases_exemption;
DROP FUNCTION cases_exemption_append_only();
"""


class Migration(migrations.Migration):
    """Column ``cap_at`` of clocks; table of exemptions with its trigger."""

    dependencies = [("cases", "0004_words_of_cases")]
    operations = [
        migrations.AddField(
            model_name="clock",
            name="cap_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Exemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.SmallIntegerField(default=1)),
                ("reason", models.CharField(max_length=24)),
                ("actor_ref", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exemptions",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("case",), name="exempt_once")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
