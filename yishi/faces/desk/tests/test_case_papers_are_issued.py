"""案卷, 派遣单 and receipts: numbered, masked as the page is, and only for who sees the case."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from yishi.faces.desk.dossier import dossier_data
from yishi.foundation.audit.models import Look as Looked
from yishi.foundation.papers.models import IssuedPaper
from yishi.foundation.ui.desk import Look, system_of
from yishi.systems.city_events.context import city
from yishi.systems.city_events.supervision_order import SupervisionOrder, supervision_order
from yishi.systems.city_events.tests.office import ELSEWHERE, Office


def pdf(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content.decode("utf-8", "replace")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert "no-store" in answer.headers["Cache-Control"]
    return bytes(answer.content)


def data_for(office: Office, number: str, role: str, unit: int | None = None) -> dict[str, Any]:
    case, registers = office.state(number), city()
    user = office.account(role, unit, "" if unit else "4206")
    look = Look(user.actor(), case, timezone.now(), {}, registers.register)
    return dossier_data(system_of(case.system), look)


def test_a_dossier_has_a_number_and_each_look_is_logged(office: Office) -> None:
    number = office.apart().number
    client = office.client("acceptor")
    assert (
        f"/desk/cases/{number}/dossier.pdf" in client.get(f"/desk/cases/{number}/").content.decode()
    )
    first = pdf(client.get(f"/desk/cases/{number}/dossier.pdf"))
    again = pdf(client.get(f"/desk/cases/{number}/dossier.pdf"))
    assert first == again
    paper = IssuedPaper.objects.get(kind="dossier")
    assert paper.number == f"案卷〔{timezone.now().year}〕1号"
    assert Looked.objects.filter(action="paper.dossier").count() == 2
    unit = office.state(number).unit_id
    assert unit is not None
    office.move(number, "sign")
    assert pdf(client.get(f"/desk/cases/{number}/dossier.pdf")) != first
    assert IssuedPaper.objects.filter(kind="dossier").count() == 2, "another content"


def test_a_dossier_tells_everything_and_masks_what_the_page_masks(office: Office) -> None:
    said = "垃圾没人收，电话13912345678"
    number = office.report(description=said, name="王小明", phone="13800001111").number
    full = data_for(office, number, "acceptor")
    assert "13912345678" in full["words"]
    masked = data_for(office, number, "auditor")
    text = str(masked)
    assert "13912345678" not in text
    for hidden in ("王小明", "13800001111"):
        assert hidden not in text
        assert hidden not in str(full)
    assert len(full["events"]) == 3
    assert full["events"][-1]["reasons"], "why it went to its unit"
    assert {"处置"} <= {clock["label"] for clock in full["clocks"]}
    titles = [section["title"] for section in full["sections"]]
    assert titles == ["上报人与上报内容", "自动判断的依据"]


def test_nobody_gets_papers_of_a_case_out_of_sight(office: Office) -> None:
    number = office.apart().number
    stranger = office.client("dispatcher", None, ELSEWHERE)
    for name in ("dossier.pdf", "dispatch-order.pdf", "result.pdf"):
        assert stranger.get(f"/desk/cases/{number}/{name}").status_code == 404
        assert Client().get(f"/desk/cases/{number}/{name}").status_code == 302
    assert not IssuedPaper.objects.exists()


def test_an_order_and_its_reprint_have_one_number(office: Office) -> None:
    number = office.apart().number
    client = office.unit_client(number)
    assert pdf(client.get(f"/desk/cases/{number}/dispatch-order.pdf")) == pdf(
        client.get(f"/desk/cases/{number}/dispatch-order.pdf")
    )
    assert IssuedPaper.objects.get().number.startswith("派遣〔")
    assert client.get(f"/desk/cases/{number}/result.pdf").status_code == 404, "not settled yet"


def test_anybody_verifies_a_paper_by_its_code_and_learns_nothing_else(office: Office) -> None:
    number = office.apart().number
    made = pdf(office.client("acceptor").get(f"/desk/cases/{number}/dossier.pdf"))
    paper = IssuedPaper.objects.get()
    public = Client()
    page = public.get(f"/verify/?code={paper.code}")
    text = page.content.decode()
    assert page.status_code == 200
    assert paper.number in text
    assert "案卷" in text
    assert number not in text

    def verified(content: bytes) -> str:
        file = SimpleUploadedFile("a.pdf", content, "application/pdf")
        answer = public.post("/verify/", {"code": paper.code, "file": file})
        assert answer.status_code == 200
        return answer.content.decode()

    assert "文件有效" in verified(made)
    assert "文件无效" in verified(made + b"\n")
    assert hashlib.sha256(made).hexdigest() not in verified(made)


@pytest.mark.parametrize("code", ["x", "A" * 20, "%00", "é" * 20, "A" * 5000])
def test_a_wrong_code_is_told_so(db: None, code: str) -> None:
    answer = Client(REMOTE_ADDR="203.0.113.77").get("/verify/", {"code": code})
    assert answer.status_code in (422, 429)
    assert Client().get("/verify/").status_code == 200


def test_a_supervision_order_is_set_from_plain_data(db: None) -> None:
    order = SupervisionOrder(
        city="襄阳市",
        number="XY20261124000001",
        subject="井盖缺失",
        unit="襄城区市政设施养护中心",
        level="一级督办",
        reason="处置逾期",
        demand="24小时内办结" * 50,
        answer_by="2026-11-25 12:00",
        ordered_at="2026-11-24 12:00",
    )
    issued = supervision_order(
        order,
        about=("case", 1),
        actor_ref="user:1",
        now=timezone.now(),
        verify_url=lambda code: f"https://city.example/verify/?code={code}",
    )
    assert b"pdfaid" in issued.pdf
    assert issued.paper.number.startswith("督办〔")
