"""Certificates as rows. What a certificate says is never rewritten: a change is a new version.

Two triggers of the database (migration 0004) keep what no constraint can: a status never goes back
from a final one, and neither what was issued nor the history of states is changed afterwards.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from yishi.foundation.parties.models import Party
from yishi.foundation.places.models import Unit

VALID, SUSPENDED = "valid", "suspended"
REVOKED, CANCELLED, LAPSED = "revoked", "cancelled", "lapsed"
REVOKED_LICENCE, SUPERSEDED = "revoked_licence", "superseded"
STATUSES = (
    (VALID, _("有效")),
    (SUSPENDED, _("暂扣")),
    (REVOKED, _("撤销")),
    (CANCELLED, _("注销")),
    (LAPSED, _("失效")),
    (REVOKED_LICENCE, _("吊销")),
    (SUPERSEDED, _("已换发新版本")),
)
#: 证照状态代码 as registers exchange them; 99 is 其他.
STATUS_CODES = {
    VALID: "01",
    SUSPENDED: "02",
    REVOKED: "03",
    CANCELLED: "04",
    LAPSED: "05",
    REVOKED_LICENCE: "07",
    SUPERSEDED: "99",
}
IN_FORCE = (VALID, SUSPENDED)
LANDSCAPE, PORTRAIT = "landscape", "portrait"
PDF, OFD = "pdf", "ofd"


class Certificate(models.Model):
    """One version of a certificate.

    ``identifier`` is the 电子证照标识 in its dotted form; type, issuer, serial and version are its
    parts. ``supersedes`` is the version that it replaced (关联证照标识). ``holder_name`` and
    ``holder_code`` are those of organisations; of people they are sealed. ``data`` holds the fields
    of the 业务信息 in their order; values that are personal stand in ``personal_enc`` instead (a
    sealed JSON object by key). ``valid_to``: the last day it counts, empty for ever. ``about`` is
    what it was decided in (``case``, 17). ``status_index`` is its place in the status lists.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    identifier = models.CharField(max_length=100, unique=True)
    type_key = models.CharField(max_length=48)
    type_code = models.CharField(max_length=21)
    type_name = models.CharField(max_length=120)
    name = models.CharField(max_length=120)
    issuer_code = models.CharField(max_length=18)
    issuer_name = models.CharField(max_length=100)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    serial = models.CharField(max_length=40)
    version = models.IntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    number = models.CharField(max_length=80)

    holder = models.ForeignKey(Party, models.PROTECT, related_name="certificates")
    personal = models.BooleanField()
    holder_name = models.CharField(max_length=200, blank=True, default="")
    holder_name_enc = models.TextField(blank=True, default="")
    #: 持证主体代码类型: 001 统一社会信用代码, 111 公民身份号码.
    holder_code_kind = models.CharField(max_length=3)
    holder_code = models.CharField(max_length=40, blank=True, default="")
    holder_code_enc = models.TextField(blank=True, default="")

    issued_on = models.DateField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    #: 所属管辖区域编码, and where officers find it.
    region = models.CharField(max_length=12)
    managed_path = models.CharField(max_length=60)
    data: Any = models.JSONField(default=dict)
    personal_enc = models.TextField(blank=True, default="")
    layout = models.CharField(max_length=10, default=PORTRAIT)
    about_kind = models.CharField(max_length=40, blank=True, default="")
    about_id = models.CharField(max_length=64, blank=True, default="")
    #: Made up for the demo (模拟): the certificate says so.
    simulated = models.BooleanField(default=False)

    status = models.CharField(max_length=16, choices=STATUSES, default=VALID)
    status_at = models.DateTimeField()
    status_by = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True, default="")
    status_index = models.BigIntegerField(
        unique=True,
        db_default=Func(Value("papers_certificate_index"), function="nextval"),
    )
    verify_code = models.CharField(max_length=20, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)

    components: models.ManyToManyField[Certificate, CertificateComponent] = models.ManyToManyField(
        "self", symmetrical=False, through="CertificateComponent", related_name="composites"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["number"], name="certificate_number"),
            models.Index(fields=["about_kind", "about_id"], name="certificate_about"),
            models.Index(
                fields=["holder_name"],
                opclasses=["text_pattern_ops"],
                name="certificate_holder_name",
                condition=~Q(holder_name=""),
            ),
            models.Index(
                fields=["holder_code"],
                name="certificate_holder_code",
                condition=~Q(holder_code=""),
            ),
            models.Index(
                fields=["managed_path", "-created_at"],
                opclasses=["text_pattern_ops", "timestamptz_ops"],
                name="certificate_path",
            ),
            models.Index(
                fields=["valid_to"],
                name="certificate_ends",
                condition=Q(status__in=["valid", "suspended"]),
            ),
            models.Index(
                fields=["status_index"], name="certificate_not_valid", condition=~Q(status="valid")
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["type_code", "issuer_code", "serial", "version"],
                name="certificate_version_once",
            ),
            models.UniqueConstraint(
                fields=["type_code", "issuer_code", "serial"],
                condition=Q(status__in=["valid", "suspended"]),
                name="certificate_one_version_in_force",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[key for key, _label in STATUSES]),
                name="certificate_status",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["valid", "superseded"]) | ~Q(reason=""),
                name="certificate_reason",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | (Q(valid_to__gte=F("valid_from")) & Q(valid_to__gte=F("issued_on"))),
                name="certificate_days",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1, version__lte=999)
                & (Q(supersedes__isnull=True) | Q(version__gt=1)),
                name="certificate_version",
            ),
            models.CheckConstraint(
                condition=Q(personal=True, holder_name="", holder_code="")
                | (
                    Q(personal=False, holder_name_enc="", holder_code_enc="")
                    & ~Q(holder_name="")
                    & ~Q(holder_code="")
                ),
                name="certificate_holder_sealed",
            ),
            models.CheckConstraint(
                condition=Q(layout__in=["landscape", "portrait"]), name="certificate_layout"
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(serial="") & ~Q(name=""), name="certificate_named"
            ),
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def in_force(self) -> bool:
        """Whether this version may still change its status: it counts or is withheld."""
        return self.status in IN_FORCE


class CertificateComponent(models.Model):
    """A single certificate that a composite one (行业综合许可证) brings together."""

    composite = models.ForeignKey(Certificate, models.CASCADE, related_name="component_links")
    component = models.ForeignKey(Certificate, models.PROTECT, related_name="composite_links")
    position = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["composite", "component"], name="component_once"),
            models.CheckConstraint(
                condition=~Q(composite=F("component")), name="component_of_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.composite_id} ← {self.component_id}"


class CertificateChange(models.Model):
    """An entry of a certificate's history: issued (``before`` empty), or its status changed."""

    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="changes")
    before = models.CharField(max_length=16, blank=True, default="")
    after = models.CharField(max_length=16)
    reason = models.CharField(max_length=300, blank=True, default="")
    actor_ref = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(before=F("after")), name="certificate_change_changes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.before} → {self.after}"


class CertificateFile(models.Model):
    """A signed file of a certificate: where it lies, its digests, and the detached signature.

    ``sm3`` is the digest (GB/T 32905) of the whole file, ``signature`` the SM2 signature (GB/T
    32918.2, DER in base64) over the file by the key ``key`` of the installation.
    """

    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=4)
    stored_as = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, unique=True)
    sm3 = models.CharField(max_length=64)
    signature = models.CharField(max_length=160)
    key = models.CharField(max_length=32)
    #: The public SM2 key (64 bytes, hex): a key that was changed still checks what it signed.
    public = models.CharField(max_length=128)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["certificate", "kind", "-at"], name="certificate_file"),
            models.Index(fields=["stored_as"], name="certificate_file_stored"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["pdf", "ofd"]), name="certificate_file_kind"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="certificate_file_size"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256}"
