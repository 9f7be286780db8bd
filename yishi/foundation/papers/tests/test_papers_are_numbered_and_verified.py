"""A numbered document: one number for one content, no gap, and anybody can verify it."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from yishi.foundation.papers import issuing, pdf
from yishi.foundation.papers.issuing import (
    Issued,
    PaperKind,
    find,
    grouped,
    issue,
    matches,
    register_kinds,
)
from yishi.foundation.papers.models import IssuedPaper, PaperSeries

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TEMPLATE = "city_events/report_receipt"


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "_KINDS", {})
    register_kinds(PaperKind("a", "甲", "甲字"), PaperKind("b", "乙", "乙字"))


def issued(kind: str = "a", number: str = "XY1", now: datetime = NOW, **more: Any) -> Issued:
    return issue(
        kind,
        TEMPLATE,
        {"number": number, **more},
        about=("case", 7),
        actor_ref="user:1",
        now=now,
        verify_url=lambda code: f"https://city.example/verify/?code={code}",
    )


@pytest.mark.django_db
def test_numbers_follow_each_other_by_kind_and_year() -> None:
    later = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # already the next year in the city
    made = [issued(), issued(number="XY2"), issued("b"), issued(number="XY3", now=later)]
    assert [one.paper.number for one in made] == [
        "甲字〔2026〕1号",
        "甲字〔2026〕2号",
        "乙字〔2026〕1号",
        "甲字〔2027〕1号",
    ]


@pytest.mark.django_db
def test_the_same_content_keeps_its_number_and_its_bytes() -> None:
    first = issued(now=NOW)
    again = issued(now=datetime(2026, 12, 2, tzinfo=UTC))
    assert (again.paper.pk, again.pdf) == (first.paper.pk, first.pdf)
    assert b"pdfaid" in first.pdf
    assert issued(words="changed").paper.number != first.paper.number
    assert PaperSeries.objects.get(kind="a").last == 2


@pytest.mark.django_db
def test_a_document_that_cannot_be_set_takes_no_second_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(pdf, "render", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            issued()
    assert issued().paper.serial == 1


@pytest.mark.django_db
def test_a_paper_is_found_by_its_code_however_it_is_typed() -> None:
    paper = issued().paper
    assert len(paper.code) == 20
    for typed in (paper.code, grouped(paper.code), f" {paper.code.lower()} "):
        assert find(typed) == paper
    assert find(paper.code.replace("1", "I").replace("0", "o")) == paper
    other = "0" if paper.code[0] != "0" else "2"
    for wrong in ("", "x", paper.code[:-1], other + paper.code[1:], "é" * 20, "\x00\ud800"):
        assert find(wrong) is None


@pytest.mark.django_db
def test_a_file_is_valid_as_it_was_issued_and_not_when_it_was_changed() -> None:
    first, second = issued(), issued(number="XY2")
    digest = hashlib.sha256(first.pdf).hexdigest()
    assert matches(first.paper, digest)
    assert matches(first.paper, digest.upper())
    assert not matches(second.paper, digest), "the file of another paper"
    assert not matches(first.paper, hashlib.sha256(first.pdf + b" ").hexdigest())
    assert not matches(first.paper, "x")


@pytest.mark.django_db
def test_the_database_keeps_numbers_apart() -> None:
    paper = issued().paper
    for change in ({"serial": 9, "number": "n2"}, {"digest": "x"}, {"digest": "x", "serial": 0}):
        values = {f.name: getattr(paper, f.name) for f in paper._meta.fields if f.name != "id"}
        values |= {"code": "C" * 20, **change}
        with pytest.raises(IntegrityError), transaction.atomic():
            IssuedPaper.objects.create(**values)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_different_numbers_and_leave_no_gap() -> None:
    def work(number: str) -> None:
        try:
            for n in range(3):
                issuing._registered(
                    issuing.kind_of("a"), ("case", n), number if n else "same", "user:1", NOW
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[f"d{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    serials = sorted(IssuedPaper.objects.values_list("serial", flat=True))
    assert serials == list(range(1, 10)), "four times two, and one that all wanted"
