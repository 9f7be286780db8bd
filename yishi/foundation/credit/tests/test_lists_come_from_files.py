"""Lists from files: what cannot be read is told, what is broken as a whole changes nothing."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest

from yishi.foundation.credit import importing
from yishi.foundation.credit.asking import Subject
from yishi.foundation.credit.models import CreditSource, ListEntry, ListImport, SourceCheck
from yishi.foundation.credit.tests.making import (
    COMPANY,
    FOREIGN,
    KEEPER,
    at,
    fresh_lists,
    person_number,
    screened,
)
from yishi.foundation.revisions.errors import FieldError

NOW = at("2026-04-10 10:00")
HEAD = "编号,名单,主体类型,名称,证件号码,证件类型,文号,机关,列入日期,截止日期,状态\n"
ASK = [Subject(name="襄阳示例食品有限公司", identifier=COMPANY)]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def take(text: str | bytes, *, whole: bool = True, as_of: datetime | None = None) -> ListImport:
    data = text.encode() if isinstance(text, str) else text
    source = CreditSource.objects.get(key="court")
    when = as_of or NOW
    return importing.take(source, data, "list.csv", when, KEEPER, NOW, whole=whole)


def line(number: int, name: str = "", identifier: str = COMPANY, **more: str) -> str:
    name = name or f"示例第{number}公司"
    status = more.get("status", "")
    on, ends = more.get("on", "2025-03-01"), more.get("ends", "")
    return f"A{number},,,{name},{identifier},,文号{number},法院,{on},{ends},{status}\n"


def test_rows_that_cannot_be_read_are_told_and_the_others_count() -> None:
    made = take(
        HEAD
        + line(1, "襄阳示例食品有限公司")
        + line(2, identifier="91420600MA48X2K129")
        + line(3, on="2025-13-01")
        + line(4, on="2027-01-01")
        + line(1, "重复")
        + "\n"
        + line(5, ends="2024-01-01")
    )
    assert (made.rows, made.added) == (6, 1)
    assert [(one["row"], one["column"]) for one in made.refused] == [
        (3, "证件号码"),
        (4, "列入日期"),
        (5, "列入日期"),
        (6, "编号"),
        (8, "截止日期"),
    ]


def test_an_import_reaches_screening_at_once_and_so_does_a_removal() -> None:
    fresh_lists(NOW - timedelta(hours=1))
    assert screened(NOW, ASK).outcome == "PASS"
    take(HEAD + line(1, "襄阳示例食品有限公司") + line(2, identifier=FOREIGN))
    assert screened(NOW, ASK).outcome == "EXCLUDED"
    take(HEAD + line(1, status="移出"), whole=False)
    assert screened(NOW, ASK).outcome == "PASS"
    assert ListEntry.objects.get(external_id="A1").removed_why == "removed"


def test_who_is_not_in_a_whole_list_any_more_is_removed() -> None:
    take(HEAD + line(1) + line(2, identifier=FOREIGN))
    made = take(HEAD + line(2, identifier=FOREIGN))
    assert (made.added, made.changed, made.removed) == (0, 0, 1)


def test_a_row_that_became_unreadable_keeps_what_was_known() -> None:
    take(HEAD + line(1) + line(2, identifier=FOREIGN))
    made = take(HEAD + line(1, identifier="9142") + line(2, identifier=FOREIGN))
    assert made.removed == 0 and len(made.refused) == 1


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        HEAD.encode(),
        b"PK\x03\x04 no workbook",
        b"\xff\xfe\x00\x00",
        "名称,列入日期\n甲,2025-01-01\n".encode(),
        '编号,名称,列入日期\n"A1,甲,2025-01-01\n'.encode(),
        b"\xd0\xcf\x11\xe0 old excel",
    ],
)
def test_a_file_that_is_broken_as_a_whole_changes_nothing_and_is_logged(broken: bytes) -> None:
    take(HEAD + line(1))
    before = CreditSource.objects.get(key="court")
    with pytest.raises(FieldError):
        take(broken)
    after = CreditSource.objects.get(key="court")
    assert (after.rows, after.version, after.as_of) == (before.rows, before.version, before.as_of)
    assert after.state == "garbled"
    assert SourceCheck.objects.filter(why="import", state="garbled").exists()
    assert ListEntry.objects.filter(removed_at__isnull=True).count() == 1


def test_a_whole_list_that_shrinks_to_a_half_is_taken_for_broken() -> None:
    take(HEAD + "".join(line(n, identifier="") for n in range(40)))
    with pytest.raises(FieldError, match="不完整"):
        take(HEAD + "".join(line(n, identifier="") for n in range(19)))
    assert take(HEAD + "".join(line(n, identifier="") for n in range(20))).removed == 20


def test_an_older_list_never_replaces_a_newer_one() -> None:
    take(HEAD + line(1))
    with pytest.raises(FieldError) as refused:
        take(HEAD + line(2), as_of=NOW - timedelta(days=1))
    assert refused.value.field == "as_of"


def test_people_are_sealed_and_masked_numbers_stay_masked() -> None:
    number = person_number()
    take(
        HEAD
        + f"P1,,自然人,王模拟,{number},居民身份证,,,2025-03-01,,\n"
        + "P2,,自然人,李模拟,4206**********123X,,,,2025-03-01,,\n"
        + "P3,,自然人,赵模拟,4206xxxxxxxxxx1234,,,,2025-03-01,,\n"
    )
    rows = {row.external_id: row for row in ListEntry.objects.all()}
    assert all(row.person and not row.name and not row.identifier for row in rows.values())
    assert rows["P1"].identifier_hash and not rows["P1"].masked
    assert rows["P2"].masked == "4206**********123X" and not rows["P2"].identifier_hash
    assert rows["P3"].masked == "4206**********1234"


def test_gb18030_and_workbooks_are_read_too() -> None:
    from openpyxl import Workbook

    made = take((HEAD + line(1)).encode("gb18030"))
    assert made.added == 1
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD.strip().split(","))
    sheet.append(["A1", "", "", "示例第1公司", COMPANY, "", "文号1", "法院", "2025-03-01", "", ""])
    file = io.BytesIO()
    book.save(file)
    assert take(file.getvalue()).changed == 0


def test_a_name_written_otherwise_is_a_near_match_from_the_index(tmp_path, settings) -> None:  # type: ignore[no-untyped-def]
    from yishi.foundation.credit import near_names

    settings.YISHI_CREDIT_NAMES = tmp_path / "names"
    fresh_lists(NOW - timedelta(hours=1))
    take(HEAD + line(1, "襄阳市示例食品有限责任公司", identifier="") + line(2, identifier=FOREIGN))
    CreditSource.objects.update(as_of=NOW)
    assert screened(NOW, ASK).outcome == "PASS"
    assert near_names.rebuild() == 2
    found = screened(NOW, ASK)
    assert (found.outcome, found.reasons[0]["code"]) == ("UNKNOWN", "NEAR_MATCH")
    (match,) = found.near.all()
    assert 0.86 <= match.score < 1 and "similar" in match.why


def test_an_index_that_does_not_check_is_unknown(tmp_path, settings) -> None:  # type: ignore[no-untyped-def]
    from yishi.foundation.credit import near_names

    settings.YISHI_CREDIT_NAMES = tmp_path / "broken"
    fresh_lists(NOW - timedelta(hours=1))
    take(HEAD + line(1, "襄阳市示例食品有限责任公司", identifier=""))
    CreditSource.objects.update(as_of=NOW)
    near_names.rebuild()
    near_names._open.clear()
    for file in (tmp_path / "broken").rglob("*"):
        if file.is_file() and file.stat().st_size > 4 and "names" in file.name:
            file.write_bytes(b"\0" * file.stat().st_size)
    assert screened(NOW, ASK).outcome == "UNKNOWN"
