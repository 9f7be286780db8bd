"""A record as a body states it, read strictly: every error names its field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from yishi.foundation.credit import periods
from yishi.foundation.credit.book import CreditBook
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError


@dataclass(frozen=True, slots=True)
class RecordInput:
    """A record as a body states it. ``prefix`` stands before the names of fields in errors.

    ``party``: the file, where it is known; else it is looked for by the number. ``severity`` may be
    left out where the kind or the list says it. ``about``: the case that led to it, as (system,
    id). ``source``: key of the source.
    """

    kind: str
    authority: object
    document_no: object
    document_date: date
    summary: object
    name: object = ""
    identifier: object = ""
    identifier_kind: object = "uscc"
    party: Party | None = None
    severity: str = ""
    activity: str = ""
    list_key: str = ""
    profile: str = ""
    basis: object = ""
    fine_fen: int | None = None
    duty_done_on: date | None = None
    duty_open: bool | None = None
    unit_id: int | None = None
    about: tuple[str, int] | None = None
    source: str = "own"
    simulated: bool = False
    prefix: str = ""


def class_and_profile(raw: RecordInput, known: CreditBook) -> tuple[str, str]:
    """(class, key of the publication rules). Raises `FieldError`."""
    kind = known.kinds.get(raw.kind)
    if kind is None:
        raise FieldError(f"{raw.prefix}kind", "没有这种信用记录", "unknown")
    listed = known.lists.get(raw.list_key)
    if raw.list_key and listed is None:
        raise FieldError(f"{raw.prefix}list_key", "没有这个名单", "unknown")
    if (raw.kind == "listing") is not (listed is not None):
        raise FieldError(f"{raw.prefix}list_key", "列入名单的记录须写明名单，其他记录不写")
    if raw.activity and raw.activity not in known.activities:
        raise FieldError(f"{raw.prefix}activity", "没有这个领域", "unknown")
    severity = raw.severity or kind.severity or ("serious" if listed else "")
    if severity not in periods.CLASSES:
        raise FieldError(f"{raw.prefix}severity", "请写明失信等级：轻微、一般或严重", "required")
    chosen = raw.profile or (listed.profile if listed else "") or kind.profile or known.default
    if chosen not in known.profiles:
        raise FieldError(f"{raw.prefix}profile", "没有这个公示规则", "unknown")
    return severity, chosen


def periods_of(
    known: CreditBook,
    profile: str,
    document_date: date,
    severity: str,
    activity: str,
    today: date,
    prefix: str,
) -> periods.Periods:
    facts = periods.Facts(document_date, severity, activity)
    try:
        return periods.of(facts, today, known.profile(profile))
    except FieldError as error:
        raise FieldError(f"{prefix}{error.field}", error.message, error.code) from error


def document_date(raw: RecordInput, today: date) -> date:
    if not isinstance(raw.document_date, date) or isinstance(raw.document_date, datetime):
        raise FieldError(f"{raw.prefix}document_date", "应为日期", "type")
    if raw.document_date > today:
        raise FieldError(f"{raw.prefix}document_date", "文件日期在今天之后", "date")
    if raw.document_date.year < 1980:
        raise FieldError(f"{raw.prefix}document_date", "文件日期过早，请核对", "date")
    return raw.document_date


def duty_done(raw: RecordInput, document_date: date, today: date) -> date | None:
    done = raw.duty_done_on
    if done is not None and not document_date <= done <= today:
        raise FieldError(f"{raw.prefix}duty_done_on", "应在文件日期与今天之间", "date")
    return done


def fine(raw: RecordInput) -> int | None:
    if raw.fine_fen is not None and not 0 <= raw.fine_fen < 2**53:
        raise FieldError(f"{raw.prefix}fine_fen", "金额应为不小于零的整数（分）", "range")
    return raw.fine_fen


def text(raw: RecordInput, name: str, longest: int, *, required: bool = False) -> str:
    return clean_text(raw.prefix + name, getattr(raw, name), longest=longest, required=required)
