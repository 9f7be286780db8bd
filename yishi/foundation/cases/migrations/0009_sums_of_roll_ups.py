"""Sums of the roll-up's cells of its counties, made from the cells there are."""

from __future__ import annotations

from django.db import migrations, models

# What waits to be folded comes into cells and sums when it is folded.
_SUM = """
INSERT INTO cases_rollupsum (system, kind, day, area, key, stage, timeliness, n)
SELECT system, '{kind}', day, array_to_string((string_to_array(managed_path, '/'))[1:2], '/'),
       {key}, stage, {timeliness}, sum(n)
  FROM cases_rollup WHERE {where}
 GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7;
"""
_TOWNSHIP = "array_to_string((string_to_array(managed_path, '/'))[1:3], '/')"
_FAMILY = "array_to_string((string_to_array(type_key, '/'))[1:2], '/')"
FILL = "SET LOCAL work_mem = '256MB';" + "".join(
    _SUM.format(kind=kind, key=key, timeliness=timeliness, where=where)
    for kind, key, timeliness, where in (
        ("below", _TOWNSHIP, "timeliness", "true"),
        ("family", _FAMILY, "timeliness", "true"),
        ("unit", "unit_id::text", "timeliness", "unit_id <> 0"),
        ("place", "managed_path", "''", "true"),
    )
)


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
                ("kind", models.CharField(max_length=8)),
                ("day", models.DateField()),
                ("area", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=200)),
                ("stage", models.CharField(max_length=16)),
                ("timeliness", models.CharField(blank=True, max_length=8)),
                ("n", models.BigIntegerField()),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=("system", "kind", "day", "area", "key", "stage", "timeliness"),
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
