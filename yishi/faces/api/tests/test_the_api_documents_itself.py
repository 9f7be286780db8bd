"""The OpenAPI document is complete, and is a page that needs no script and no other site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from yishi.faces.api.docs import operations


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for item in operations(document):
        assert item["summary"], item["path"]
        assert item["text"], item["path"]
        answers = {str(answer["status"]) for answer in item["answers"]}
        if item["key"]:
            assert "401" in answers, item["path"]
        if item["body"]:
            assert {"400", "401", "413", "422"} <= answers, item["path"]


def test_every_json_body_and_answer_has_a_valid_example(document: dict[str, Any]) -> None:
    from yishi.systems.city_events import api_schemas

    schemas = document["components"]["schemas"]
    for name in ("ReportIn", "ReceiptOut", "CaseOut", "MoveIn", "ProgressOut", "PhotoOut"):
        example = schemas[name]["example"]
        assert getattr(api_schemas, name).model_validate(example)
        assert set(example) <= set(schemas[name]["properties"])


def test_the_page_shows_every_operation_without_script(document: dict[str, Any]) -> None:
    answer = Client().get("/api/docs")
    assert answer.status_code == 200
    html = answer.content.decode()
    for item in operations(document):
        assert f"{item['method']} {item['path']}" in html
    assert "style=" not in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
