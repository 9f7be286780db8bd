"""Versions in the database: loaded with the city, published by two people, never changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from yishi.foundation import revisions
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.errors import RuleFileError
from yishi.foundation.rulebook.seed import load_city as load_rules
from yishi.systems.direct_benefits.policies import book, facts, publishing
from yishi.systems.direct_benefits.policies.models import ItemVersion, Policy, Vocabulary
from yishi.systems.direct_benefits.policies.seed import load_city
from yishi.systems.direct_benefits.policies.tests.support import CITY, FILE, city, written

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = date(2026, 4, 1)
KEY = "science.hitech_first"


@pytest.fixture(autouse=True)
def _no_copies() -> Iterator[None]:
    revisions.forget()
    yield
    revisions.forget()


@pytest.fixture
def loaded(db: None) -> None:
    """The demo city's rules and policies, where they are not loaded yet."""
    load_rules(CITY, now=NOW)
    load_city(CITY, now=NOW)


def _content(key: str = KEY, **changes: Any) -> dict[str, Any]:
    found = book.item_on(key, date(2026, 3, 2))
    assert found is not None
    return {**found.content, **changes}


def _publish(content: dict[str, Any], start: date = DAY, **more: Any) -> ItemVersion:
    return publishing.publish(content, start, "user:maker", "user:reviewer", NOW, **more)


def _higher(content: dict[str, Any], fen: int = 20000000) -> dict[str, Any]:
    examples = [{**one, "amount": fen} if "amount" in one else one for one in content["examples"]]
    return {**content, "amount": {"fixed": fen}, "examples": examples}


def test_the_city_is_loaded_once(loaded: None) -> None:
    count = ItemVersion.objects.count()
    assert count >= 305
    assert load_city(CITY, now=NOW) == "policies: unchanged"
    assert ItemVersion.objects.count() == count
    items = book.items_on(date(2026, 11, 29))
    assert len(items) >= 305
    assert {item.key for item in items} == {i.key for i in city().items_on(date(2026, 11, 29))}


def test_the_database_says_what_the_files_say(loaded: None) -> None:
    stored = {item.key: item for item in book.items_on(date(2026, 3, 2))}
    for item in city().items_on(date(2026, 3, 2)):
        assert stored[item.key] == item
    words = facts.declared()
    assert words.params_on(date(2025, 6, 1)) == city().declared.params_on(date(2025, 6, 1))
    assert list(words.every) == list(city().declared.every)
    assert words.labels == city().declared.labels


def test_items_of_a_place_are_its_own_and_the_citys(loaded: None) -> None:
    here = {item.key for item in book.items_on(date(2026, 3, 2), "4206/420606/420606001")}
    assert "counties_trade.fc_step" in here
    assert "counties_trade.xc_stay" not in here
    assert KEY in here


def test_looking_costs_one_statement(loaded: None, django_assert_num_queries: Any) -> None:
    book.book_on(date(2026, 3, 2))
    with django_assert_num_queries(1):
        book.items_on(date(2026, 3, 2))
    with django_assert_num_queries(1):
        book.book_on(date(2026, 3, 2))


def test_a_version_is_never_changed_or_deleted(loaded: None) -> None:
    row = ItemVersion.objects.get(key=KEY)
    for change in (
        lambda: ItemVersion.objects.filter(pk=row.pk).update(content={}),
        lambda: ItemVersion.objects.filter(pk=row.pk).update(effective_from=date(2020, 1, 1)),
        lambda: ItemVersion.objects.filter(pk=row.pk).delete(),
        lambda: Policy.objects.filter(pk=row.policy_id).update(number="另一文号"),
        lambda: Policy.objects.filter(pk=row.policy_id).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_periods_of_one_item_never_overlap(loaded: None) -> None:
    row = ItemVersion.objects.get(key=KEY)
    row.pk, row.version = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    row.pk, row.source, row.made_by, row.reviewed_by = None, "browser", "a", "a"
    row.effective_from, row.effective_to = date(2020, 1, 1), date(2020, 1, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_new_version_ends_the_one_before(loaded: None) -> None:
    made = _publish(_higher(_content()))
    assert made.version == 2
    before, after = book.item_on(KEY, date(2026, 3, 31)), book.item_on(KEY, DAY)
    assert before is not None
    assert after is not None
    assert (before.version, before.effective_to) == (1, date(2026, 3, 31))
    assert (after.version, after.version_id) == (2, made.pk)
    assert book.item_version(made.pk) == after
    assert [item.version for item in book.versions(KEY)] == [1, 2]
    with pytest.raises(FieldError, match="更晚生效"):
        _publish(_higher(_content(), 30000000), DAY)
    with pytest.raises(FieldError, match="内容相同"):
        _publish(dict(made.content), DAY + timedelta(days=1))
    assert load_city(CITY, now=NOW) == "policies: unchanged"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"policy": "no.policy"}, "policy"),
        ({"amount": {"fixed": 1}}, "examples[0]"),
        ({"audience": ["企鹅"]}, "audience[0]"),
        ({"when": [{"fact": "turnover", "is": "is_true"}]}, "when[0].fact"),
        ({"stack": {"group": "ind_ladder", "rule": "exclusive", "priority": 99}}, "stack"),
        ({"evidence": ""}, "evidence"),
    ],
)
def test_what_cannot_be_published_names_its_field(
    loaded: None, change: dict[str, Any], field: str
) -> None:
    count = ItemVersion.objects.count()
    with pytest.raises(FieldError) as refused:
        _publish(_content(**change))
    assert refused.value.field == field
    assert ItemVersion.objects.count() == count


def test_two_people_and_no_past_days(loaded: None) -> None:
    content = _higher(_content())
    for maker, reviewer in (("user:a", "user:a"), ("user:a", ""), ("", "user:b")):
        with pytest.raises(FieldError, match="第二人复核"):
            publishing.publish(content, DAY, maker, reviewer, NOW)
    with pytest.raises(FieldError, match="早于今天"):
        _publish(content, date(2026, 3, 1))
    with pytest.raises(FieldError, match="晚于政策文件"):
        _publish(content, date(2028, 1, 1))


def test_a_derived_fact_means_the_same_to_all(loaded: None) -> None:
    """The vocabulary's formula changes: items in force that use it must be published anew."""
    words = facts.declared()
    changed = facts.content_of(words)
    changed["derived"] = [
        [name, stored, "div(rd_spend_last * 200, revenue_last, 4)" if name == "rd_share" else text]
        for name, stored, text in changed["derived"]
    ]
    revisions.bump("benefit_facts")
    Vocabulary.objects.create(content=changed, folder_hash="x", created_at=NOW)
    content = _content("science.rd_service")
    examples = [
        {"facts": {**content["examples"][0]["facts"], "rd_spend_last": 300000000}}
        | {k: v for k, v in content["examples"][0].items() if k != "facts"},
        {**content["examples"][1], "facts": {**content["examples"][1]["facts"], "revenue_last": 1}}
        | {"expect": "false"},
    ]
    examples[1]["facts"] = {
        **examples[1]["facts"],
        "rd_spend_last": 100000000,
        "revenue_last": 10**15,
    }
    with pytest.raises(FieldError, match="公式与现行事项"):
        _publish({**content, "examples": examples})


def test_an_item_ends_and_a_policy_is_repealed(loaded: None) -> None:
    publishing.end(KEY, date(2026, 6, 30), NOW)
    assert book.item_on(KEY, date(2026, 6, 30)) is not None
    assert book.item_on(KEY, date(2026, 7, 1)) is None
    with pytest.raises(FieldError):
        publishing.end(KEY, date(2026, 12, 31), NOW)
    publishing.repeal("industry.growth", date(2026, 9, 30), NOW)
    keys = {item.key for item in book.items_on(date(2026, 10, 1))}
    assert "industry.little_giant" not in keys
    assert "industry.little_giant" in {i.key for i in book.items_on(date(2026, 9, 30))}
    with pytest.raises(FieldError, match="已于 2026-09-30 废止"):
        publishing.repeal("industry.growth", date(2026, 10, 30), NOW)
    with pytest.raises(FieldError, match="已过去"):
        publishing.end("science.gazelle", date(2026, 1, 1), NOW)
    with pytest.raises(FieldError, match="废止"):
        _publish({**_content("industry.little_giant"), "how": "另一种说法。"}, date(2026, 10, 1))


def test_a_file_cannot_rewrite_what_is_published(db: None, tmp_path: Path) -> None:
    load_city(written(tmp_path), now=NOW)
    changed = FILE.replace("提高研发投入。", "再提高研发投入。")
    with pytest.raises(RuleFileError, match="不能改写"):
        load_city(written(tmp_path, file=changed), now=NOW)
    later = changed.replace(
        "        name: 研发", "        valid: {from: 2026-07-01}\n        name: 研发"
    )
    assert "1 item versions" in load_city(written(tmp_path, file=later), now=NOW)
    days = ItemVersion.objects.filter(key="test.spend").values_list(
        "effective_from", "effective_to"
    )
    assert list(days) == [(date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 7, 1), None)]
    with pytest.raises(RuleFileError, match="新的文号"):
        load_city(written(tmp_path, file=later.replace("测试政策", "另一政策")), now=NOW)
    ended = later.replace("to: 2027-12-31}", "to: 2027-06-30}")
    load_city(written(tmp_path, file=ended), now=NOW)
    assert Policy.objects.get(key="test.policy").valid_to == date(2027, 6, 30)


@pytest.mark.django_db(transaction=True)
def test_two_publications_at_once_become_two_versions(tmp_path: Path) -> None:
    load_rules(CITY, now=NOW)
    load_city(CITY, now=NOW)
    content, made, refused = _content(), [], []
    start = threading.Barrier(2)

    def work(fen: int) -> None:
        try:
            start.wait()
            made.append(_publish(_higher(content, fen), DAY).version)
        except FieldError as error:
            refused.append(error.field)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(fen,)) for fen in (20000000, 30000000)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Both begin on one day: the second one sees the first and is told.
        assert made == [2]
        assert refused == ["effective_from"]
        assert ItemVersion.objects.filter(key=KEY).count() == 2
    finally:
        _forget_second_version()


def _forget_second_version() -> None:
    """The register stays in the database between tests: take back what this test committed."""
    with connection.cursor() as cursor:
        table = "benefit_policies_itemversion"
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER benefit_item_immutable")
        cursor.execute(f"DELETE FROM {table} WHERE version > 1")
        cursor.execute(f"UPDATE {table} SET effective_to = NULL WHERE key = %s", [KEY])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER benefit_item_immutable")
