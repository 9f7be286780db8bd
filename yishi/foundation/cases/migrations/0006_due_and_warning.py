"""Cases that are about to be late are found in one index, not among all that are due later."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_caps_and_exemptions")]

    operations = [
        migrations.RemoveIndex(model_name="case", name="case_due"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["next_due_at", "next_warn_at"],
                name="case_due",
                condition=Q(next_due_at__isnull=False),
            ),
        ),
    ]
