"""Sums of the roll-up's cells for the city and its counties, made from the cells there are."""

from __future__ import annotations

from django.db import migrations, models

# What waits to be folded comes into cells and sums when it is folded.
FILL = """
SET LOCAL work_mem = '256MB';
INSERT INTO cases_rollupsum (system, area, kind, day, key, stage, timeliness, n)
SELECT system, array_to_string(steps[1:depth], '/'), kind, day,
       CASE kind WHEN 'below' THEN array_to_string(steps[1:depth + 1], '/')
                 WHEN 'family' THEN array_to_string((string_to_array(type_key, '/'))[1:2], '/')
                 WHEN 'unit' THEN unit_id::text ELSE managed_path END,
       stage, CASE kind WHEN 'place' THEN '' ELSE timeliness END, sum(n)
  FROM cases_rollup, string_to_array(managed_path, '/') AS steps, unnest(ARRAY[1, 2]) AS depth,
       unnest(ARRAY['below', 'family', 'unit', 'place']) AS kind
 WHERE depth <= cardinality(steps) AND (kind <> 'unit' OR unit_id <> 0)
 GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7;
"""


class Migration(migrations.Migration):
    """Table of sums, filled."""

    dependencies = [("cases", "0008_edge_kinds")]

    operations = [
        migrations.CreateModel(
            name="RollUpSum",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("system", models.CharField(max_length=32)),
                ("area", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=8)),
                ("day", models.DateField()),
                ("key", models.CharField(max_length=200)),
                ("stage", models.CharField(max_length=16)),
                ("timeliness", models.CharField(blank=True, max_length=8)),
                ("n", models.BigIntegerField()),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=("system", "area", "kind", "day", "key", "stage", "timeliness"),
                        name="roll_up_sum",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("below", "family", "unit", "place"))),
                        name="roll_up_sum_kind",
                    ),
                ),
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
