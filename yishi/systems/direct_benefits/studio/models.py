"""Items of benefits that are being composed in the browser."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ItemDraft(models.Model):
    """An item that is being composed or changed, until a second person publishes it.

    ``content`` is in the form of a policy file's item, with ``policy`` (the key of its document);
    what could not be read of a form is kept in it as it was written, and said at its field.
    ``base`` is the id of the version it was taken from (none: a new item), ``published`` that of
    the version it became. ``rehearsal`` keeps what last year would have been with the content as it
    stands: changing the content empties it.
    """

    DRAFT, ASKED, PUBLISHED, RETURNED, DROPPED = (
        "draft",
        "asked",
        "published",
        "returned",
        "dropped",
    )
    STATES = (
        (DRAFT, _("编制中")),
        (ASKED, _("待复核")),
        (PUBLISHED, _("已发布")),
        (RETURNED, _("已退回")),
        (DROPPED, _("已放弃")),
    )

    key = models.CharField(max_length=80)
    name = models.CharField(max_length=200, blank=True, default="")
    content: Any = models.JSONField()
    base = models.BigIntegerField(null=True)
    published = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=STATES, default=DRAFT)
    #: When it is to come into force (the author's wish; the reviewer sees and publishes it).
    effective_from = models.DateField(null=True)
    author = models.CharField(max_length=64)
    author_name = models.CharField(max_length=60, blank=True, default="")
    reviewer = models.CharField(max_length=64, blank=True, default="")
    reviewer_name = models.CharField(max_length=60, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")
    rehearsal: Any = models.JSONField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=["draft", "asked", "returned"]),
                name="one_open_draft_an_item",
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | (Q(published__isnull=False) & ~Q(reviewer="") & ~Q(reviewer=F("author"))),
                name="item_published_after_a_second_look",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "returned"]) | ~Q(reviewer=F("author")),
                name="nobody_reviews_an_own_item",
            ),
        )
        indexes = (models.Index(fields=["-updated_at"], name="item_draft_newest"),)

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Ending(models.Model):
    """A version in force that is to end: asked for by one person, decided by another.

    ``kind`` says whether the item is withdrawn (its policy stays) or repealed with its document.
    """

    WITHDRAW, REPEAL = "withdraw", "repeal"
    KINDS = ((WITHDRAW, _("停止执行")), (REPEAL, _("随文件废止")))
    ASKED, DONE, REFUSED = "asked", "done", "refused"
    STATES = ((ASKED, _("待复核")), (DONE, _("已生效")), (REFUSED, _("未同意")))

    key = models.CharField(max_length=80)
    item_version = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=KINDS)
    last_day = models.DateField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=STATES, default=ASKED)
    author = models.CharField(max_length=64)
    author_name = models.CharField(max_length=60, blank=True, default="")
    reviewer = models.CharField(max_length=64, blank=True, default="")
    reviewer_name = models.CharField(max_length=60, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="asked"), name="one_open_ending_an_item"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="an_ending_gives_its_reason"),
            models.CheckConstraint(
                condition=Q(state="asked") | (~Q(reviewer="") & ~Q(reviewer=F("author"))),
                name="an_ending_is_decided_by_another",
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.kind} {self.state}"
