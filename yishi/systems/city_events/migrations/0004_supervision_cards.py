"""Cards of supervision (督办单): rows that are only ever added."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION city_events_card_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cards are append-only'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER city_events_card_append_only BEFORE UPDATE OR DELETE ON city_events_card
    FOR EACH ROW EXECUTE FUNCTION city_events_card_append_only();
"""
BACKWARD = """
DROP TRIGGER city_events_card_append_only ON city_events_card;
DROP FUNCTION city_events_card_append_only();
"""


class Migration(migrations.Migration):
    """The table of cards: rows are only ever added."""

    dependencies = [
        ("cases", "0005_caps_and_exemptions"),
        ("city_events", "0003_intake_batches"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Card",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=48, unique=True)),
                ("level", models.SmallIntegerField()),
                ("reason", models.CharField(max_length=16)),
                ("automatic", models.BooleanField(default=False)),
                ("actor_ref", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cards",
                        to="cases.case",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["unit", "at"], name="card_unit"),
                    models.Index(fields=["case", "at"], name="card_case"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__gte", 1), ("level__lte", 3)), name="card_level"
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
