"""The search by pairs of characters answers exactly as a comparison with every case would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases.models import Case, CaseWords
from yishi.foundation.cases.scope import UnscopedQuery
from yishi.foundation.cases.words import containing, fold, pairs_query
from yishi.foundation.parties.masking import mask_numbers
from yishi.systems.city_events.merging import unmerge
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.office import ELSEWHERE, RUBBISH, Office

#: Few signs, so that texts and what is looked for meet; with all that quoting might trip over.
SIGNS = "垃圾井盖路灯Aa1 '\\&|!:*()<>%_\"\n，é"
texts = st.text(
    st.sampled_from(SIGNS) | st.characters(exclude_categories=["Cs", "Cc"]), max_size=24
)


@pytest.fixture
def case(office: Office) -> Iterator[int]:
    yield office.state(office.report().number).id


def found(text: str) -> set[int]:
    rows = Case.objects.unscoped("the test").filter(containing(text))
    return set(rows.values_list("id", flat=True))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=texts, start=st.integers(0, 24), length=st.integers(1, 8), other=texts)
def test_any_text_is_found_where_it_stands_and_nowhere_else(
    case: int, words: str, start: int, length: int, other: str
) -> None:
    asked = [text for text in (words[start : start + length], other) if text]
    with transaction.atomic():
        CaseWords.objects.unscoped("the test").filter(case_id=case).update(words=fold(words))
        for text in asked:
            assert (case in found(text)) == (fold(text) in fold(words)), (text, words)
            with connection.cursor() as cursor:  # the pairs alone may find more, never less
                ask = "SELECT cases_grams(%s) @@ %s::tsquery"
                cursor.execute(ask, [fold(words), pairs_query(fold(text))])
                assert cursor.fetchone()[0] or fold(text) not in fold(words)
        transaction.set_rollback(True)


def test_subject_address_and_every_report_find_a_case(office: Office) -> None:
    first = office.report(description="北门早市收摊后满地菜叶", address="檀溪路与琴台路口")
    second = office.report(description="还有腐烂的水果箱", address="檀溪路与琴台路口")
    assert second.merged
    case = office.state(first.number).id
    for text in ("菜叶", "水果箱", "檀溪", "暴露", "叶", "溪路与琴台"):
        assert case in found(text), text
    for text in ("菜园", "果蔬", "溪檀"):
        assert case not in found(text), text


def test_a_case_is_found_by_its_new_subject_and_no_more_by_the_old(office: Office) -> None:
    number = office.report(type=None, description="有个情况").number
    case = office.state(number).id
    assert case in found("待识别")
    office.move(number, "file", type=RUBBISH, standard="1")
    assert case in found("暴露生活垃圾")
    assert case not in found("待识别")


def test_a_separated_report_takes_its_words_along(office: Office) -> None:
    first = office.report(description="北门满地菜叶")
    office.report(description="腐烂的水果箱")
    reports = Report.objects.unscoped("the test").filter(text="腐烂的水果箱")
    case, report = office.state(first.number).id, reports.get()
    assert report.case_id == case
    other = unmerge(office.holder(first.number), first.number, report.pk, timezone.now())
    assert found("水果箱") == {other.id}
    assert case in found("菜叶")


def test_nobody_is_found_by_a_telephone_number(office: Office) -> None:
    text = "满地菜叶，请回电13812345678"
    number = office.report(description=text).number
    assert mask_numbers(text) != text
    assert office.state(number).id in found("请回电")
    assert not found("13812345678")
    assert not found("2345")


def test_a_search_is_still_narrowed_to_what_the_actor_may_see(office: Office) -> None:
    office.report(description="满地菜叶")
    with pytest.raises(UnscopedQuery):
        list(Case.objects.filter(containing("菜叶")))
    elsewhere = office.client("acceptor", scope=ELSEWHERE)
    page = elsewhere.get("/desk/cases/", {"q": "菜叶"})
    assert page.status_code == 200
    assert page.context["rows"] == []
