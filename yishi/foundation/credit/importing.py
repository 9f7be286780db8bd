"""Taking in a list from a file (CSV or .xlsx): rows that cannot be read are told, the others count.

A *whole* list replaces what was known: who is not in it any more is removed at once. A file that
would empty a list, or take away most of it, is refused as garbled: a list that comes broken must
never read as "nobody is listed". An *addition* only adds and removes (column 状态：移出).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.credit import near_names
from yishi.foundation.credit.book import CreditBook, book
from yishi.foundation.credit.entries import seal_entry
from yishi.foundation.credit.listings import clean_masked, is_masked
from yishi.foundation.credit.models import CreditSource, ListEntry, ListImport, SourceCheck
from yishi.foundation.credit.screening_models import GARBLED, OK
from yishi.foundation.credit.standing import today_of
from yishi.foundation.credit.subjects import number_hash
from yishi.foundation.parties import naming
from yishi.foundation.parties.identifiers import IdentifierKind, check_identifier
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import PERSON
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.sheets import Limits, read_table

COLUMNS = {
    "id": "编号",
    "list": "名单",
    "kind": "主体类型",
    "name": "名称",
    "identifier": "证件号码",
    "identifier_kind": "证件类型",
    "document_no": "文号",
    "authority": "机关",
    "listed_on": "列入日期",
    "ends_on": "截止日期",
    "status": "状态",
}
REQUIRED = ("id", "name", "listed_on")
LIMITS = Limits(size=20 * 1024 * 1024, rows=100_000)
MOST_TOLD = 200
#: A whole list that shrinks below this part of what was known is taken for broken.
LEAST_PART = 0.5
_KINDS = {"自然人": True, "个人": True, "person": True, "": None, "组织": False, "企业": False}
_NUMBER_KINDS = {
    "统一社会信用代码": "uscc",
    "组织机构代码": "org_code",
    "工商注册号": "reg_no",
    "居民身份证": "resident_id",
    "身份证": "resident_id",
    "护照": "passport",
}


@dataclass(slots=True)
class Taken:
    """What a file said: entries by their number, and the rows that were refused."""

    entries: dict[str, ListEntry] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    refused: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0

    def refuse(self, row: int, name: str, message: str) -> None:
        heading = COLUMNS.get(name, name)
        self.refused.append({"row": row, "column": heading, "message": message})


def take(
    source: CreditSource,
    data: bytes,
    file_name: str,
    as_of: datetime,
    actor: Actor,
    now: datetime,
    *,
    whole: bool,
) -> ListImport:
    """Store what a file of *source* says as of a moment, in one transaction.

    Raises:
        FieldError: ``file``, ``header`` or ``as_of`` for a file that cannot be used as a whole; the
            source is marked as garbled then, and nothing else is changed.
    """
    if source.kind != "list":
        raise FieldError("source", "这个来源不由文件导入", "kind")
    if as_of > now or (source.as_of is not None and as_of < source.as_of):
        raise FieldError("as_of", "数据时间应不早于上次导入，也不晚于现在", "date")
    known = book()
    try:
        taken = _read(source, data, file_name, known, now)
        return _store(source, taken, data, file_name, as_of, actor, now, whole)
    except FieldError as error:
        problem = f"{error.message}"[:200]
        CreditSource.objects.filter(pk=source.pk).update(
            state=GARBLED, state_at=now, problem=problem
        )
        SourceCheck.objects.create(
            source=source, at=now, why="import", state=GARBLED, milliseconds=0, problem=problem
        )
        raise


@transaction.atomic
def _store(
    source: CreditSource,
    taken: Taken,
    data: bytes,
    file_name: str,
    as_of: datetime,
    actor: Actor,
    now: datetime,
    whole: bool,
) -> ListImport:
    CreditSource.objects.select_for_update().get(pk=source.pk)
    rows = ListEntry.objects.filter(source=source, removed_at__isnull=True)
    before = {row.external_id: row for row in rows}
    if whole:
        _refuse_broken(taken, len(before))
        # A row that cannot be read is still on the list: what was known of it stays.
        unreadable = {str(one.get("id", "")) for one in taken.refused}
        gone = set(before) - set(taken.entries) - unreadable
    else:
        gone = set(before) & taken.removed
    fresh, changed = _news(taken, before)
    _drop([before[key].pk for key in gone], "removed", now)
    _drop([before[key].pk for key in changed], "changed", now)
    ListEntry.objects.bulk_create(fresh, batch_size=1000)
    left = [before[key].pk for key in (*gone, *changed) if not before[key].person]
    _tell_index([one for one in fresh if not one.person], left)
    total = ListEntry.objects.filter(source=source, removed_at__isnull=True).count()
    digest = hashlib.sha256(data).hexdigest()
    _is_fresh(source, as_of, f"{as_of:%Y%m%d%H%M}-{digest[:12]}", total, now)
    return ListImport.objects.create(
        source=source,
        at=now,
        actor_ref=actor.ref,
        file_name=file_name[:120],
        sha256=digest,
        as_of=as_of,
        whole=whole,
        rows=taken.rows,
        added=len(fresh) - len(changed),
        changed=len(changed),
        removed=len(gone),
        refused=taken.refused[:MOST_TOLD],
    )


def _is_fresh(
    source: CreditSource, as_of: datetime, version: str, rows: int, now: datetime
) -> None:
    CreditSource.objects.filter(pk=source.pk).update(
        as_of=as_of,
        fetched_at=now,
        version=version,
        rows=rows,
        state=OK,
        state_at=now,
        problem="",
    )


def _news(taken: Taken, before: Mapping[str, ListEntry]) -> tuple[list[ListEntry], list[str]]:
    """The entries to store, and the keys of those that take another's place."""
    fresh, changed = [], []
    for key, entry in taken.entries.items():
        old = before.get(key)
        if old is None:
            fresh.append(entry)
        elif _differs(old, entry):
            changed.append(key)
            fresh.append(entry)
    return fresh, changed


def _drop(ids: list[int], why: str, now: datetime) -> None:
    ListEntry.objects.filter(pk__in=ids).update(removed_at=now, removed_why=why)


#: More changes than these are left to the next build of the index.
FOLLOWED = 2000


def _tell_index(fresh: list[ListEntry], old: list[int]) -> None:
    """The index of names follows at once what is little, and is built anew from the rows in any
    case: the job is stored with them."""
    if not fresh and not old:
        return
    if len(fresh) + len(old) <= FOLLOWED:
        added = [(one.pk, one.name) for one in fresh]
        transaction.on_commit(lambda: near_names.follow(added, old))
    from yishi.foundation.credit.tasks import build_index_later

    build_index_later()


def _refuse_broken(taken: Taken, before: int) -> None:
    if not taken.entries:
        raise FieldError("file", "文件中没有一行可用的名单信息，未作任何改动", "empty")
    if before >= 20 and len(taken.entries) < before * LEAST_PART:
        message = (
            f"可用的只有{len(taken.entries)}行，原有{before}行，疑为不完整的文件，未作任何改动"
        )
        raise FieldError("file", message, "shrunk")


_COMPARED = (
    *("list_key", "name_hash", "identifier_hash", "masked", "document_no", "authority"),
    *("listed_on", "ends_on", "person"),
)


def _differs(old: ListEntry, new: ListEntry) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in _COMPARED)


def _read(
    source: CreditSource, data: bytes, file_name: str, known: CreditBook, now: datetime
) -> Taken:
    taken = Taken()
    for number, values in _rows(data, file_name):
        taken.rows += 1
        key = values.get("id", "")
        try:
            if values.get("status", "") in ("移出", "removed"):
                taken.removed.add(clean_text("id", key, longest=80, required=True))
                continue
            entry = _entry(source, values, known, now)
        except FieldError as error:
            taken.refuse(number, error.field, error.message)
            taken.refused[-1]["id"] = key[:80]
            continue
        if entry.external_id in taken.entries:
            taken.refuse(number, "id", "编号重复")
            continue
        taken.entries[entry.external_id] = entry
    return taken


def _entry(
    source: CreditSource, values: Mapping[str, str], known: CreditBook, now: datetime
) -> ListEntry:
    """One row as an entry. Raises `FieldError` naming the column."""
    key = values.get("list", "") or (source.lists[0] if len(source.lists) == 1 else "")
    by_label = {one.label: one.key for one in known.lists.values()}
    listed = known.lists.get(by_label.get(key, key))
    if listed is None or listed.key not in source.lists:
        raise FieldError("list", "没有这个名单，或不属于这个来源", "unknown")
    today = today_of(now)
    kind, masked, plain, person = _number(values, today)
    name = naming.clean_name("name", values.get("name", ""), PERSON if person else "organisation")
    hashed = ""
    if plain:
        hashed = number_hash(check_identifier("identifier", kind, plain, today), name)
    listed_on, ends_on = _days(values, today)
    entry = ListEntry(
        source=source,
        list_key=listed.key,
        ground=listed.ground,
        external_id=clean_text("id", values.get("id", ""), longest=80, required=True),
        person=person,
        name_hash=naming.name_hash(name),
        identifier_kind=kind,
        identifier_hash=hashed,
        masked=masked,
        authority=clean_text("authority", values.get("authority", ""), longest=120)
        or listed.authority,
        document_no=clean_text("document_no", values.get("document_no", ""), longest=120),
        listed_on=listed_on,
        ends_on=ends_on,
        loaded_at=now,
    )
    seal_entry(entry, name, plain)
    return entry


def _number(values: Mapping[str, str], today: date) -> tuple[str, str, str, bool]:
    """The number of a row: its kind, the masked form, the plain one, and whether a person bears
    it."""
    number, person = values.get("identifier", ""), _person(values)
    if number and is_masked(number):
        masked = clean_masked("identifier", number)
        looks = masked[:6].replace("*", "0").isdigit()
        return "", masked, "", looks if person is None else person
    if not number:
        return "", "", "", bool(person)
    said = values.get("identifier_kind", "")
    guess = IdentifierKind.RESIDENT_ID if person else IdentifierKind.USCC
    checked = check_identifier("identifier", _NUMBER_KINDS.get(said, said) or guess, number, today)
    return checked.kind, "", checked.value, checked.kind not in ("uscc", "org_code", "reg_no")


def _days(values: Mapping[str, str], today: date) -> tuple[date, date | None]:
    """Since when and until when somebody is listed."""
    listed_on = _day("listed_on", values, required=True)
    ends_on = _day("ends_on", values)
    if listed_on is None or listed_on > today:
        raise FieldError("listed_on", "列入日期在今天之后", "date")
    if ends_on is not None and ends_on < listed_on:
        raise FieldError("ends_on", "截止日期早于列入日期", "date")
    return listed_on, ends_on


def _person(values: Mapping[str, str]) -> bool | None:
    said = values.get("kind", "")
    if said not in _KINDS:
        raise FieldError("kind", "应为自然人、企业或组织", "unknown")
    return _KINDS[said]


def _day(name: str, values: Mapping[str, str], *, required: bool = False) -> date | None:
    text = values.get(name, "").strip()[:10].replace("/", "-").replace(".", "-")
    if not text:
        if required:
            raise FieldError(name, "不能为空", "required")
        return None
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError:
        raise FieldError(name, "日期应写作 2026-05-20", "date") from None


def _rows(data: bytes, file_name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(number of the row, texts by field). Raises `FieldError` on ``file`` or ``header``."""
    if len(data) > LIMITS.size:
        raise FieldError("file", f"文件超过{LIMITS.size // 1024 // 1024}MB", "too_long")
    if data[:2] == b"PK":
        table = read_table(io.BytesIO(data), COLUMNS, required=REQUIRED, limits=LIMITS)
        for row in table.rows():
            faults = dict(row.faults())
            yield row.number, {name: "" if name in faults else row.text(name) for name in COLUMNS}
        return
    yield from _csv_rows(data)


def _csv_rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise FieldError("file", "不是 UTF-8 或 GB18030 编码的文字", "encoding") from None
    if "\x00" in text:
        raise FieldError("file", "不是文字文件", "encoding")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    fields: list[str] | None = None
    names = {label: name for name, label in COLUMNS.items()} | {name: name for name in COLUMNS}
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if fields is None:
                fields = [names.get(cell, "") for cell in cells]
                missing = [COLUMNS[name] for name in REQUIRED if name not in fields]
                if missing:
                    raise FieldError("header", f"缺少列：{'、'.join(missing)}", "missing")
                continue
            yield reader.line_num, {n: c for n, c in zip(fields, cells, strict=False) if n}
    except csv.Error as error:
        raise FieldError("file", f"第{reader.line_num}行不是有效的 CSV", "csv") from error
    if fields is None:
        raise FieldError("file", "文件为空", "empty")
