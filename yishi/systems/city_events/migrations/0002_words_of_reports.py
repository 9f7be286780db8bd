"""What reporters said becomes words that cases are found by; one index of two goes."""

from typing import Any

from django.db import migrations

_READ = "SELECT id, case_id, tracking_hash, text FROM city_events_report WHERE id > %s ORDER BY id"


def fill(apps: Any, schema_editor: Any) -> None:
    """A row of words for each report, numbers hidden, ten thousand at a time."""
    from yishi.foundation.cases.words import fold
    from yishi.foundation.parties.masking import mask_numbers
    from yishi.systems.city_events.models import words_part

    connection = schema_editor.connection
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_READ + " LIMIT 10000", [last])
            found = cursor.fetchall()
        if not found:
            return
        last = found[-1][0]
        with (
            connection.connection.cursor() as cursor,
            cursor.copy("COPY cases_casewords (case_id, part, words) FROM STDIN") as copy,
        ):
            for _, case_id, tracking, text in found:
                if text:
                    copy.write_row([case_id, words_part(tracking), fold(mask_numbers(text))])


class Migration(migrations.Migration):
    dependencies = [("city_events", "0001_initial"), ("cases", "0004_words_of_cases")]

    operations = [
        migrations.RemoveIndex(model_name="report", name="report_case"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
