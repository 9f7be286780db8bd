"""Accounts that money goes to, and those it comes from. Numbers and names of payees are sealed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.loud import LoudQuerySet
from yishi.foundation.parties.models import Party
from yishi.systems.direct_benefits.payments.roles import FINANCE


class PayeeAccountQuerySet(LoudQuerySet["PayeeAccount"]):
    """Finance sees all accounts, a party its own."""

    def allowed(self, actor: Actor) -> Q:
        if actor.kind == "system" or actor.has(*FINANCE):
            return Q()
        return Q(party__file_id__in=actor.party_ids)


class PayeeAccount(models.Model):
    """One account of a party. Its number, name and bank never change: a changed account is a new
    row, which somebody else verifies before it is used (a trigger and constraints hold both).

    ``name_hash`` is of the holder's name as the bank has it, ``number_hash`` of the digits.
    """

    CORPORATE, PREMIUM, PERSONAL = "corporate", "premium", "personal"
    KINDS = (
        (CORPORATE, _("对公账户")),
        (PREMIUM, _("社保缴费账户")),
        (PERSONAL, _("个人账户")),
    )
    NEW, HELD, VERIFIED, CLOSED = "new", "held", "verified", "closed"
    STATES = (
        (NEW, _("待核实")),
        (HELD, _("账户待核实")),
        (VERIFIED, _("已核实")),
        (CLOSED, _("已停用")),
    )
    #: How it was verified: a register vouches for a first account with the very name; a second
    #: person; a small amount that the holder named; a document where the names differ.
    REGISTRY, PERSON, PENNY, DOCUMENT = "registry", "person", "penny", "document"
    WAYS = (
        (REGISTRY, _("登记数据一致")),
        (PERSON, _("人工复核")),
        (PENNY, _("小额打款验证")),
        (DOCUMENT, _("凭证明材料复核")),
    )
    SAME, ALIAS, FORMER, OPERATOR, OTHER = "same", "alias", "former", "operator", "other"
    MATCHES = (
        (SAME, _("户名一致")),
        (ALIAS, _("与登记的别名一致")),
        (FORMER, _("为曾用名")),
        (OPERATOR, _("为经营者姓名")),
        (OTHER, _("户名不一致")),
    )

    id = models.UUIDField(primary_key=True, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="payee_accounts")
    kind = models.CharField(max_length=10, choices=KINDS)
    name_enc = models.TextField()
    name_hash = models.CharField(max_length=64)
    number_enc = models.TextField()
    number_hash = models.CharField(max_length=64)
    bank = models.CharField(max_length=70)
    #: The branch's number in the payment system (联行号, 12 digits).
    bank_code = models.CharField(max_length=12)
    #: Who says so: ``enterprise``, ``officer``, or the key of a register (``hr``, ``tax``).
    source = models.CharField(max_length=40)
    match = models.CharField(max_length=8, choices=MATCHES)
    state = models.CharField(max_length=8, choices=STATES, default=NEW)
    #: Why it is held or closed.
    reason = models.CharField(max_length=200, blank=True, default="")
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    verified_by = models.CharField(max_length=64, blank=True, default="")
    verified_how = models.CharField(max_length=8, choices=WAYS, blank=True, default="")
    verified_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=200, blank=True, default="")
    simulated = models.BooleanField(default=False)

    objects = PayeeAccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party"], condition=Q(state="verified"), name="payee_account_in_use"
            ),
            models.UniqueConstraint(
                fields=["party", "number_hash"],
                condition=~Q(state="closed"),
                name="payee_account_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="verified")
                | (Q(verified_at__isnull=False) & ~Q(verified_by="") & ~Q(verified_how="")),
                name="payee_account_verified",
            ),
            models.CheckConstraint(
                condition=~Q(verified_how__in=["person", "document"])
                | ~Q(verified_by=F("made_by")),
                name="payee_account_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(verified_how="document") | ~Q(evidence=""),
                name="payee_account_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state="verified")
                | ~Q(match__in=["other", "former"])
                | Q(verified_how="document"),
                name="payee_account_name",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "closed"]) | ~Q(reason=""),
                name="payee_account_reason",
            ),
            models.CheckConstraint(
                condition=Q(bank_code__regex=r"^[0-9]{12}$"), name="payee_account_bank_code"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["number_hash"], name="payee_account_number"),
            models.Index(
                fields=["made_at"],
                name="payee_account_waiting",
                condition=Q(state__in=["new", "held"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PennyTest(models.Model):
    """A small amount sent to an account, which its holder names back (小额打款验证).

    The agent bank pays it as a service and charges no budget line; the file that asks for it is a
    payment file of its own. The amount is sealed: whoever can read it could confirm it.
    """

    ASKED, SENT, PASSED, FAILED, LAPSED = "asked", "sent", "passed", "failed", "lapsed"
    STATES = (
        (ASKED, _("待发送")),
        (SENT, _("待企业确认金额")),
        (PASSED, _("已通过")),
        (FAILED, _("未通过")),
        (LAPSED, _("逾期未确认")),
    )

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(PayeeAccount, models.PROTECT, related_name="penny_tests")
    end_to_end_id = models.CharField(max_length=35, unique=True)
    #: The file that asked the bank for it, which may be taken again.
    message_id = models.CharField(max_length=35, blank=True, default="")
    amount_enc = models.TextField()
    state = models.CharField(max_length=6, choices=STATES, default=ASKED)
    tries = models.SmallIntegerField(default=0)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=["asked", "sent"]),
                name="penny_test_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(tries__gte=0, tries__lte=3), name="penny_test_tries"
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id


class PayingAccount(models.Model):
    """An account that the city pays from, loaded with the city (``payments.yaml``)."""

    BANK, TREASURY = "bank", "treasury"
    CHANNELS = ((BANK, _("代理银行（ISO 20022）")), (TREASURY, _("国库集中支付")))

    key = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=70)
    number = models.CharField(max_length=34)
    bank = models.CharField(max_length=70)
    bank_code = models.CharField(max_length=12)
    channel = models.CharField(max_length=8, choices=CHANNELS)
    simulated = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.key
