"""From a draft to a version in force: tried, rehearsed, looked at by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.policies.models import ItemVersion
from yishi.systems.direct_benefits.studio import services
from yishi.systems.direct_benefits.studio.differences import differences
from yishi.systems.direct_benefits.studio.models import Ending, ItemDraft
from yishi.systems.direct_benefits.studio.seams import newest, vocabulary
from yishi.systems.direct_benefits.studio.tests.office import (
    AUTHOR,
    KEY,
    SECOND,
    THIRD,
    actor,
    asked,
    draft,
    now,
    snapshot,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ground(city: None) -> None:
    snapshot(now() - timedelta(days=400), seed=3)
    snapshot(now(), seed=4)


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_a_second_person_publishes_and_the_version_before_ends_the_day_before() -> None:
    before = newest(KEY)
    assert before is not None
    row = asked(draft(name="改过名称的事项"))
    done = services.publish(row.pk, row.version, in_days(5), SECOND, now())
    made = newest(KEY)
    assert made is not None and made.pk == done.published
    assert (made.version, made.made_by, made.reviewed_by) == (
        before.version + 1,
        AUTHOR.ref,
        SECOND.ref,
    )
    ended = ItemVersion.objects.get(pk=before.pk)
    assert ended.effective_to == made.effective_from - timedelta(days=1)


def test_nobody_reviews_an_own_draft() -> None:
    row = asked(draft(name="另一个名称"))
    with pytest.raises(FieldError, match="不能复核自己"):
        services.publish(row.pk, row.version, in_days(5), AUTHOR, now())
    with pytest.raises(FieldError, match="不能复核自己"):
        services.give_back(row.pk, row.version, "理由", AUTHOR, now())
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemDraft.objects.filter(pk=row.pk).update(
            state=ItemDraft.PUBLISHED, published=1, reviewer=AUTHOR.ref
        )


def test_of_two_reviewers_the_second_is_told_that_it_is_decided() -> None:
    row = asked(draft(name="又一个名称"))
    services.publish(row.pk, row.version, in_days(5), SECOND, now())
    with pytest.raises(FieldError) as told:
        services.publish(row.pk, row.version, in_days(6), THIRD, now())
    assert told.value.code == "state"
    with pytest.raises(FieldError) as told:
        services.give_back(row.pk, row.version, "不同意", THIRD, now())
    assert told.value.code == "state"
    assert ItemVersion.objects.filter(key=KEY, source="browser").count() == 1


def test_what_was_changed_meanwhile_is_not_published_unseen() -> None:
    row = asked(draft(name="第一稿"))
    services.give_back(row.pk, row.version, "请再改", SECOND, now())
    again = services.change(
        row.pk, row.version, {**row.content, "name": "第二稿"}, in_days(3), AUTHOR, now()
    )
    second = asked(again)
    with pytest.raises(FieldError) as told:
        services.publish(row.pk, row.version, in_days(5), SECOND, now())
    assert told.value.code == "version"
    assert services.publish(second.pk, second.version, in_days(5), SECOND, now()).published


def test_asking_needs_a_rehearsal_of_the_content_as_it_stands() -> None:
    row = draft(name="没有预演")
    with pytest.raises(FieldError, match="预演") as told:
        services.ask(row.pk, "", AUTHOR, now())
    assert told.value.field == "rehearsal"
    ready = asked(row)
    services.give_back(ready.pk, ready.version, "改", SECOND, now())
    changed = services.change(
        ready.pk, ready.version, {**row.content, "name": "改了"}, in_days(3), AUTHOR, now()
    )
    assert changed.rehearsal is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"when": []}, "when"),
        ({"name": ""}, "name"),
        ({"amount": {"fixed": -5}}, "amount_fen"),
        ({"notice": {"days": 0, "unit": "wd", "mode": "INCLUSIVE"}}, "notice_days"),
        ({"examples": []}, "examples"),
        ({"policy": "no_such_document"}, "policy"),
        ({"mode": "promise"}, "pledge"),
    ],
)
def test_a_draft_that_is_wrong_is_refused_at_its_input(changes: dict, field: str) -> None:  # type: ignore[type-arg]
    row = draft(**changes)
    _tree, wrong = services.complaints(row, vocabulary())
    assert field in wrong
    with pytest.raises(FieldError):
        services.ask(row.pk, "", AUTHOR, now())


def test_an_example_that_comes_out_otherwise_is_named() -> None:
    row = draft()
    examples = [dict(one) for one in row.content["examples"]]
    examples[0]["amount"] += 1
    changed = services.change(
        row.pk, row.version, {**row.content, "examples": examples}, in_days(3), AUTHOR, now()
    )
    _tree, wrong = services.complaints(changed, vocabulary())
    assert list(wrong) == ["e-0-expect"]
    assert "结果为" in wrong["e-0-expect"]


def test_two_do_not_begin_one_item_and_do_not_overwrite_each_other() -> None:
    row = draft(name="甲稿")
    with pytest.raises(FieldError) as told:
        services.begin(KEY, "", SECOND, now())
    assert told.value.code == "open"
    with pytest.raises(FieldError) as told:
        services.change(row.pk, row.version - 1, {**row.content, "name": "乙稿"}, "", SECOND, now())
    assert told.value.code == "version"


def test_who_has_another_post_composes_and_reviews_nothing() -> None:
    stranger = actor(9_000_009, s.OFFICER)
    with pytest.raises(FieldError, match="岗位"):
        services.begin(KEY, "", stranger, now())
    row = asked(draft(name="某名称"))
    with pytest.raises(FieldError, match="岗位"):
        services.publish(row.pk, row.version, in_days(5), stranger, now())


def test_the_reviewer_sees_what_differs_field_by_field() -> None:
    row = draft(name="新名称", amount={"fixed": 12_345_600})
    base = newest(KEY)
    assert base is not None
    found = {one.label: one for one in differences(base.content, row.content, vocabulary())}
    assert found["名称"].after == "新名称"
    assert found["金额"].after == "固定 123,456 元"
    assert differences(base.content, base.content, vocabulary()) == []


def test_a_version_is_ended_by_one_person_and_decided_by_another() -> None:
    wish = services.ask_ending(KEY, "withdraw", in_days(10), "文件到期", AUTHOR, now())
    with pytest.raises(FieldError, match="已经提出"):
        services.ask_ending(KEY, "withdraw", in_days(11), "再提", SECOND, now())
    with pytest.raises(FieldError, match="不能复核自己"):
        services.decide_ending(wish.pk, True, "", AUTHOR, now())
    done = services.decide_ending(wish.pk, True, "", SECOND, now())
    assert done.state == Ending.DONE
    current = newest(KEY)
    assert current is not None and current.effective_to == done.last_day
    with pytest.raises(FieldError) as told:
        services.decide_ending(wish.pk, False, "晚了", THIRD, now())
    assert told.value.code == "state"


def test_a_repeal_ends_the_document_with_all_its_items() -> None:
    wish = services.ask_ending(KEY, "repeal", in_days(10), "新文件代替", AUTHOR, now())
    services.decide_ending(wish.pk, True, "", SECOND, now())
    current = ItemVersion.objects.select_related("policy").get(pk=wish.item_version)
    assert current.policy.repealed_on == wish.last_day


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("kind", ("x", "2099-01-01", "理由")),
        ("last_day", ("withdraw", "昨天", "理由")),
        ("last_day", ("withdraw", "2020-01-01", "理由")),
        ("reason", ("withdraw", "2099-01-01", " ")),
    ],
)
def test_a_wish_to_end_names_what_is_wrong(field: str, given: tuple[str, str, str]) -> None:
    with pytest.raises(FieldError) as told:
        services.ask_ending(KEY, *given, AUTHOR, now())
    assert told.value.field == field
