"""Published policies and item versions: never rewritten, only ended.

The database keeps the periods of one item from overlapping and refuses to change or delete what was
published: of an item version only its last day may be set, of a policy its last day, its repeal
and its plain words.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from yishi.systems.direct_benefits.policies.words import LEVELS

FILE, BROWSER = "file", "browser"


def _days() -> Func:
    return Func("effective_from", "effective_to", models.Value("[]"), function="daterange")


class Vocabulary(models.Model):
    """Facts, derived facts and parameters that items may name; the newest row is in use.
    ``folder_hash`` is that of the files it was loaded with."""

    content = models.JSONField(_("内容"))
    folder_hash = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.folder_hash


class Policy(models.Model):
    """A policy document; ``text`` is a list of [clause, wording], ``plain`` for everybody."""

    key = models.CharField(_("政策"), max_length=80, unique=True)
    number = models.CharField(_("文号"), max_length=80, unique=True)
    title = models.CharField(_("标题"), max_length=200)
    issuer = models.CharField(_("发文机关"), max_length=80)
    level = models.CharField(_("层级"), max_length=10)
    text = models.JSONField(_("条文"))
    plain = models.TextField(_("通俗解读"))
    valid_from = models.DateField(_("施行日期"))
    valid_to = models.DateField(_("有效期至"), null=True)
    repealed_on = models.DateField(_("废止日期"), null=True)
    hash = models.CharField(max_length=80)
    illustrative = models.BooleanField(_("示意"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="benefit_policy_period",
            ),
            models.CheckConstraint(
                condition=Q(repealed_on=None) | Q(repealed_on__gte=F("valid_from")),
                name="benefit_policy_repeal",
            ),
            models.CheckConstraint(
                condition=Q(level__in=list(LEVELS)), name="benefit_policy_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）"


class ItemVersion(models.Model):
    """One published version of an item; ``content`` as `parsing` stores it. ``made_by`` and
    ``reviewed_by`` are references of actors; a version of a file has the file as its source."""

    key = models.CharField(_("事项"), max_length=120)
    version = models.PositiveIntegerField(_("版本"))
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="item_versions")
    content = models.JSONField(_("内容"))
    hash = models.CharField(max_length=80)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True)
    source = models.CharField(_("来源"), max_length=10)
    file = models.CharField(_("文件"), max_length=200, blank=True)
    made_by = models.CharField(_("拟定"), max_length=80, blank=True)
    reviewed_by = models.CharField(_("复核"), max_length=80, blank=True)
    published_at = models.DateTimeField(_("发布时间"))

    class Meta:
        ordering: ClassVar[list[str]] = ["key", "version"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "version"], name="benefit_item_version_once"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="benefit_item_period",
            ),
            models.CheckConstraint(
                condition=Q(source=FILE) & ~Q(file="")
                | Q(source=BROWSER)
                & ~Q(made_by="")
                & ~Q(reviewed_by="")
                & ~Q(made_by=F("reviewed_by")),
                name="benefit_item_two_people",
            ),
            ExclusionConstraint(
                name="benefit_item_no_overlap",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"
