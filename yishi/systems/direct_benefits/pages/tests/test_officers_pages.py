"""Every page for every role: who may enter, what it shows, what wrong input is told."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.models import Grant, User
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.models import Batch, Clawback, Objection
from yishi.systems.direct_benefits.policies.models import ItemVersion
from yishi.systems.direct_benefits.runs import running
from yishi.systems.direct_benefits.runs.models import Run, UnknownTask
from yishi.systems.direct_benefits.services import noticing, objecting, opening
from yishi.systems.direct_benefits.studio.tests.office import KEY, draft, now, snapshot
from yishi.systems.direct_benefits.tests import town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
_numbers = itertools.count()
ROLES = (s.POLICY, s.REVIEWER, s.OFFICER, s.MAKER, s.CHECKER)


def signed_in(role: str, unit: int) -> Client:
    user = User.objects.create(username=f"desk{next(_numbers)}", display_name="经办人")
    Grant.objects.create(
        user=user,
        role=role,
        unit_id=unit,
        scope="4206",
        valid_from=timezone.now() - timedelta(days=1),
    )
    client = Client()
    client.force_login(user)
    return client


def version() -> ItemVersion:
    return ItemVersion.objects.get(key=KEY)


def department() -> int:
    return town.unit(version().content["department"])


def officer() -> Client:
    return signed_in(s.OFFICER, department())


def batch(count: int = 3) -> Batch:
    """A batch of an item of the city, opened from candidates."""
    found = town.run([version()], now(), name=f"pages{next(_numbers)}")
    firms = town.enterprises(count, start=5_000)
    town.candidates(found, version(), {one.pk: 1_000_000 for one in firms})
    return opening.open_batch(
        town.officer(version().content["department"]), KEY, "2026", found.pk, now()
    )


def screened() -> Run:
    """A screening of made-up enterprises on the first day of this year's rules."""
    return running.run(now(), snapshot(now(), rows=400), timezone.localdate(), actor=town.maker())


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def told(client: Client, address: str, form: dict[str, Any], status: int) -> str:
    answer = client.post(address, form)
    assert answer.status_code == status, (address, answer.status_code, answer.content[:400])
    return answer.content.decode()


PAGES = {
    "/desk/benefits/": ROLES,
    "/desk/benefits/items/": ROLES,
    f"/desk/benefits/items/{KEY}/": ROLES,
    "/desk/benefits/runs/": ROLES,
    "/desk/benefits/unknown/": ROLES,
    "/desk/benefits/batches/": ROLES,
    "/desk/benefits/objections/": (s.OFFICER,),
    "/desk/benefits/clawbacks/": (s.OFFICER, s.MAKER, s.CHECKER),
    "/desk/benefits/studio/": (s.POLICY, s.REVIEWER),
    f"/desk/benefits/studio/versions/{KEY}/": (s.POLICY, s.REVIEWER, s.OFFICER),
}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_enters_its_pages_and_no_other(role: str) -> None:
    client = signed_in(role, department())
    for address, may in PAGES.items():
        answer = client.get(address)
        assert answer.status_code == (200 if role in may else 403), (role, address)
    stranger = signed_in("acceptor", department())
    for address in PAGES:
        assert stranger.get(address).status_code == 403, address
        assert Client().get(address).status_code == 302, address


def test_items_are_found_by_word_department_mode_and_kind() -> None:
    client = signed_in(s.POLICY, department())
    name = version().content["name"]
    assert name in text(client, f"/desk/benefits/items/?q={name}")
    unit = version().content["department"]
    assert "没有这样的事项" in text(client, f"/desk/benefits/items/?q={name}&unit=agriculture")
    assert name in text(client, f"/desk/benefits/items/?q={name}&unit={unit}&mode=direct")
    assert "没有这样的事项" in text(client, "/desk/benefits/items/?q=绝无此项")
    assert "没有这个事项" in text(client, "/desk/benefits/items/no.such/", 404)


def test_a_run_answers_for_every_enterprise() -> None:
    run = screened()
    client = signed_in(s.OFFICER, department())
    page = text(client, f"/desk/benefits/runs/{run.number}/")
    assert run.hash[:16] in page and "数据快照" in page
    code, name = "", ""
    for truth in ("false", "unknown", "true"):
        address = f"/desk/benefits/runs/{run.number}/items/{KEY}/?truth={truth}"
        listed = client.get(address)
        assert listed.status_code == 200
        rows = listed.context["rows"]
        code, name = (rows[0]["code"], rows[0]["name"]) if rows else (code, name)
    why = text(client, f"/desk/benefits/runs/{run.number}/why/?item={KEY}&code={code}")
    assert "每个条件" in why and name in why
    found = text(client, f"/desk/benefits/runs/{run.number}/why/?item={KEY}&q={name}")
    assert code in found
    assert name in text(client, f"/desk/benefits/enterprises/{code}/")
    text(client, "/desk/benefits/enterprises/91420600000000000X/", 404)
    finance = signed_in(s.MAKER, department())
    text(finance, f"/desk/benefits/enterprises/{code}/", 403)


def test_what_is_unknown_is_answered_by_the_owner_or_offered_on_application() -> None:
    screened()
    task = UnknownTask.objects.unscoped("the test").filter(state="open").order_by("-pairs")[0]
    client = signed_in(s.OFFICER, department())
    address = f"/desk/benefits/unknown/{task.pk}/"
    assert task.source.name in text(client, address)
    assert task.source.name in text(client, "/desk/benefits/unknown/")
    told(client, address, {"act": "quick", "text": ""}, 422)
    told(client, address, {"act": "quick", "text": "数据来源单位年底才能补齐"}, 302)
    task.refresh_from_db()
    assert task.state == "quick"


def test_a_list_is_confirmed_struck_and_added_to() -> None:
    found = batch()
    client, address = officer(), f"/desk/benefits/batches/{found.number}/"
    page = text(client, address)
    assert "全部确认" in page and "剔除所选" in page
    rows = town.batch_payouts(found)
    act = f"{address}act/"
    assert "理由" in told(client, act, {"act": "strike", "payouts": [rows[0].pk]}, 400)
    assert "勾选" in told(client, act, {"act": "strike", "reason": "不合规"}, 400)
    assert "编号" in told(client, act, {"act": "confirm", "some": "1", "payouts": ["x"]}, 400)
    assert "没有这一步" in told(client, act, {"act": "fly"}, 400)
    told(client, act, {"act": "strike", "payouts": [rows[0].pk], "reason": "已迁出"}, 302)
    told(client, act, {"act": "confirm", "some": "1", "payouts": [rows[1].pk]}, 302)
    assert "已迁出" in text(client, f"{address}?state=struck")
    assert town.states(found) == ["struck", "confirmed", "listed"]
    assert "代码" in told(client, act, {"act": "add", "reason": "增补"}, 400)
    assert told(client, act, {"act": "add", "code": "91X", "reason": "增补"}, 400)


def test_a_batch_is_nobodys_but_its_departments_and_finances() -> None:
    found = batch()
    address = f"/desk/benefits/batches/{found.number}/"
    other = signed_in(s.OFFICER, town.unit("agriculture"))
    text(other, address, 404)
    told(other, f"{address}act/", {"act": "confirm"}, 404)
    assert found.number not in text(other, "/desk/benefits/batches/")
    finance = signed_in(s.MAKER, town.unit("finance"))
    assert "全部确认" not in text(finance, address)
    told(finance, f"{address}act/", {"act": "confirm"}, 400)


def test_the_notice_says_its_last_day_and_funds_wait_for_it() -> None:
    found = batch()
    client, address = officer(), f"/desk/benefits/batches/{found.number}/"
    told(client, f"{address}act/", {"act": "confirm"}, 302)
    told(client, f"{address}act/", {"act": "notice"}, 302)
    page = text(client, address)
    assert "24:00" in page and "才满" in page
    told(client, f"{address}act/", {"act": "funds"}, 400)


def test_an_objection_is_decided_and_stops_one_only() -> None:
    found = batch()
    actor = town.officer(version().content["department"])
    from yishi.systems.direct_benefits.services import listing

    listing.confirm(actor, found.number, None, now())
    noticing.post_notice(actor, found.number, now())
    rows = town.batch_payouts(found)
    words = {"contact": "13900000000", "reason": "不在本市经营", "name": ""}
    one = objecting.object_to(found.number, rows[0].pk, words, now())
    client = officer()
    assert one.number in text(client, "/desk/benefits/objections/")
    address = f"/desk/benefits/objections/{one.number}/"
    assert "不在本市经营" in text(client, address)
    told(client, address, {"decision": "upheld", "finding": ""}, 422)
    told(client, address, {"decision": "x", "finding": "查过"}, 422)
    told(client, address, {"decision": "upheld", "finding": "现场核实确已迁出"}, 302)
    assert Objection.objects.unscoped("the test").get(pk=one.pk).state == "upheld"
    assert town.states(found)[0] == "struck"
    assert set(town.states(found)[1:]) == {"noticed"}
    stranger = signed_in(s.OFFICER, town.unit("agriculture"))
    text(stranger, address, 404)


def test_the_list_goes_out_as_a_file() -> None:
    found = batch()
    client, address = officer(), f"/desk/benefits/batches/{found.number}/export/"
    assert "用途" in text(client, address)
    told(client, address, {"purpose": ""}, 422)
    answer: Any = client.post(address, {"purpose": "名单核对"})
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("sheet")
    assert len(b"".join(answer.streaming_content)) > 1_000
    answer.close()


def test_a_clawback_names_what_its_notice_lacks() -> None:
    found = batch(1)
    case = town.batch_payouts(found)[0].case.number
    client = officer()
    address = f"/desk/benefits/payouts/{case}/clawback/"
    assert "追回告知" in text(client, address)
    page = told(client, address, {"ground": "x", "facts": ""}, 422)
    assert "请写明事实和证据" in page
    assert not Clawback.objects.unscoped("the test").exists()


GARBAGE = ("\x00", "٣", "9" * 40, "-1", "x'\"<>", "null")


def test_no_garbage_ends_in_a_fault() -> None:
    found = batch(1)
    row = draft(name="乱输入")
    snapshot(now(), rows=200)
    policy, desk = signed_in(s.POLICY, department()), officer()
    for junk in GARBAGE:
        for client, address in (
            (desk, f"/desk/benefits/batches/?state={junk}&q={junk}&after={junk}"),
            (desk, f"/desk/benefits/batches/{found.number}/?state={junk}&after={junk}"),
            (desk, f"/desk/benefits/items/?q={junk}&page={junk}&unit={junk}"),
            (desk, f"/desk/benefits/runs/?after={junk}"),
            (desk, f"/desk/benefits/unknown/?state={junk}"),
            (desk, f"/desk/benefits/objections/?done={junk}"),
        ):
            assert client.get(address).status_code in (200, 400, 404), address
        form = {"act": junk, "version": junk, "amount": junk, "w-0-0-fact": junk, "key": junk}
        form |= {"w-0-0-is": junk, "w-1-any": "1", "e-0-on": junk, "effective_from": junk}
        for client, address in (
            (policy, f"/desk/benefits/studio/{row.pk}/"),
            (policy, f"/desk/benefits/studio/{row.pk}/step/"),
            (policy, f"/desk/benefits/studio/{row.pk}/example/"),
            (policy, "/desk/benefits/studio/begin/"),
            (policy, "/desk/benefits/studio/endings/"),
            (desk, f"/desk/benefits/batches/{found.number}/act/"),
            (desk, "/desk/benefits/batches/open/"),
            (desk, "/desk/benefits/runs/start/"),
        ):
            answer = client.post(address, form)
            assert answer.status_code in (302, 400, 404, 409, 422), (address, answer.status_code)


def test_pages_take_a_bounded_number_of_statements(django_assert_max_num_queries: Any) -> None:
    found = batch(40)
    screened()
    client = officer()
    for address, most in (
        ("/desk/benefits/", 14),
        ("/desk/benefits/items/", 10),
        (f"/desk/benefits/items/{KEY}/", 14),
        ("/desk/benefits/batches/", 12),
        (f"/desk/benefits/batches/{found.number}/", 12),
        ("/desk/benefits/runs/", 10),
        ("/desk/benefits/unknown/", 10),
    ):
        client.get(address)  # registers are read once in a process
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200, address
