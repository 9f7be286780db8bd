"""Stored versions of the working calendar. A version is never changed, only followed by another."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class CalendarVersion(models.Model):
    """One immutable calendar; the newest row is in force (see ``active``).

    A trigger of the database refuses updates and deletes: running clocks name the version they
    were computed with.
    """

    class Origin(models.TextChoices):
        """Who made a version: the city's folder, or a person who imported a notice."""

        SEED = "seed", "城市数据"
        IMPORT = "import", "放假通知导入"

    version = models.CharField("版本", max_length=32, unique=True)
    content_hash = models.CharField("内容散列", max_length=64, unique=True)
    days = models.JSONField("放假安排")
    official_to = models.DateField("公布至")
    origin = models.CharField("来源类别", max_length=8, choices=Origin)
    source = models.CharField("依据", max_length=400)
    effective_from = models.DateTimeField("启用时间")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "工作日历"
        verbose_name_plural = "工作日历"

    def __str__(self) -> str:
        return self.version
