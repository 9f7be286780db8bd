"""Cards know where their case was when they were given: so many are counted without the cases."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("city_events", "0005_hotline_and_call_backs")]

    operations = [
        migrations.AddField(
            model_name="card",
            name="managed_path",
            field=models.CharField(db_default="", max_length=200),
        ),
        migrations.RunSQL(
            "ALTER TABLE city_events_card DISABLE TRIGGER city_events_card_append_only; "
            "UPDATE city_events_card d SET managed_path = c.managed_path "
            "FROM cases_case c WHERE c.id = d.case_id; "
            "ALTER TABLE city_events_card ENABLE TRIGGER city_events_card_append_only",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(F("at").desc(), F("id").desc(), name="card_newest"),
        ),
    ]
