"""Hot issues as a worker counted them last."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("city_events", "0011_routing_and_rehearsals")]

    operations = [
        migrations.CreateModel(
            name="HotCount",
            fields=[
                ("id", _ID),
                ("days", models.SmallIntegerField(unique=True)),
                ("since", models.DateField()),
                ("least", models.IntegerField()),
                ("counted_at", models.DateTimeField()),
                ("took_ms", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="HotGroup",
            fields=[
                ("id", _ID.clone()),
                ("type_key", models.CharField(max_length=64)),
                ("division", models.CharField(max_length=12)),
                ("managed_path", models.CharField(max_length=200)),
                ("cases", models.IntegerField()),
                ("reports", models.IntegerField()),
                ("open", models.IntegerField()),
                (
                    "count",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="city_events.hotcount",
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=("count", "type_key", "division", "managed_path"),
                        name="hot_group_once",
                    ),
                ),
            },
        ),
    ]
