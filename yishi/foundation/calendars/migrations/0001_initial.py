import django.db.models.functions.datetime
from django.db import migrations, models

# Running clocks name the version they were computed with, so a version may never change.
_IMMUTABLE = """
CREATE FUNCTION calendars_version_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a calendar version is never changed or deleted; adopt a new one'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER calendars_version_immutable BEFORE UPDATE OR DELETE ON calendars_calendarversion
    FOR EACH ROW EXECUTE FUNCTION calendars_version_immutable();
"""
_MUTABLE = """
DROP TRIGGER calendars_version_immutable ON calendars_calendarversion;
DROP FUNCTION calendars_version_immutable();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "version",
                    models.CharField(max_length=32, unique=True, verbose_name="版本"),
                ),
                (
                    "content_hash",
                    models.CharField(max_length=64, unique=True, verbose_name="内容散列"),
                ),
                ("days", models.JSONField(verbose_name="放假安排")),
                ("official_to", models.DateField(verbose_name="公布至")),
                (
                    "origin",
                    models.CharField(
                        choices=[("seed", "城市数据"), ("import", "放假通知导入")],
                        max_length=8,
                        verbose_name="来源类别",
                    ),
                ),
                ("source", models.CharField(max_length=400, verbose_name="依据")),
                ("effective_from", models.DateTimeField(verbose_name="启用时间")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "工作日历",
                "verbose_name_plural": "工作日历",
            },
        ),
        migrations.RunSQL(_IMMUTABLE, _MUTABLE),
    ]
