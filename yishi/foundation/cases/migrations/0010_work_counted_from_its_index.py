"""What waits for a role in an area is counted from the index alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cases", "0009_sums_of_roll_ups")]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="assignment", name="work_role"),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                fields=["role", "due_at", "id"],
                condition=models.Q(("state", "open")),
                include=["managed_path"],
                name="work_role",
            ),
        ),
    ]
