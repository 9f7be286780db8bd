"""The verification page in a real browser: without scripts, on a phone, for everybody's eyes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.models import Certificate
from yishi.foundation.papers.certificates.tests.making import issued
from yishi.foundation.parties.tests.making import SYSTEM, firm
from yishi.foundation.ui.testing import NewPage, axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def composite(transactional_db: None) -> Certificate:
    """A composite certificate, one component of which was revoked."""
    company = firm(1, "襄阳模拟一号餐饮管理有限公司")
    parts = [issued(company, name=name) for name in ("食品经营许可证", "公共场所卫生许可证")]
    certificates.set_status(parts[1], "revoked", "x", actor=SYSTEM, now=timezone.now())
    return issued(company, name="行业综合许可证（便利店）", components=parts, valid_to=None)


def test_a_file_is_checked_without_any_script(
    composite: Certificate, new_page: NewPage, tmp_path: Path
) -> None:
    page = new_page(390, 844, java_script_enabled=False)
    page.goto(f"/verify/{composite.verify_code}/")
    assert page.locator(".verdict-word").inner_text() == "有效"
    assert page.locator(".y-tone-bad", has_text="撤销").count() == 1
    data = certificates.pdf(composite, timezone.now())
    for name, sent, said in (
        ("as-issued.pdf", data, "文件真实，未被改动"),
        ("altered.pdf", data[:2000] + b"?" + data[2001:], "文件无效"),
    ):
        (tmp_path / name).write_bytes(sent)
        page.set_input_files("input[type=file]", str(tmp_path / name))
        page.click("form[enctype] button[type=submit]")
        assert page.locator("#file-verdict").inner_text() == said


def test_the_page_can_be_read_by_everybody_and_fits_a_phone(
    composite: Certificate, phone: Page
) -> None:
    phone.goto(f"/verify/{composite.verify_code}/")
    assert axe(phone) == []
    wide = phone.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    composite.refresh_from_db()
    certificates.set_status(composite, "suspended", "x", actor=SYSTEM, now=timezone.now())
    phone.reload()
    assert phone.locator(".verdict-word").inner_text() == "暂扣"
    assert axe(phone) == []
