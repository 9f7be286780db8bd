"""The OpenAPI document is complete, and is a page that needs no script and no other site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
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
            wanted = {"400", "401", "413"}  # the token endpoint's faults are all 400 (RFC 6749)
            assert wanted | ({"422"} if item["id"] != "post_token" else set()) <= answers


def test_every_body_and_answer_has_a_valid_example(document: dict[str, Any]) -> None:
    seen = 0
    for where, described in contents(document):
        found = resolved(document, described["schema"])
        if found.get("format") == "binary" or "multipart" in where:
            continue
        listed = found.get("type") == "array"
        shown = resolved(document, found["items"]) if listed else found
        assert "example" in shown, where
        example = [shown["example"]] if listed else shown["example"]
        whole = {**described["schema"], "components": document["components"]}
        validator = jsonschema_rs.validator_for(whole, validate_formats=True)
        faults = [f"{where}: {error.message}" for error in validator.iter_errors(example)]
        assert not faults, faults
        seen += 1
    assert seen > 40


def test_every_parameter_has_a_valid_example(document: dict[str, Any]) -> None:
    seen = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                where = f"{method} {path} {parameter['name']}"
                assert "example" in parameter, where
                whole = {**parameter["schema"], "components": document["components"]}
                validator = jsonschema_rs.validator_for(whole, validate_formats=True)
                assert not list(validator.iter_errors(parameter["example"])), where
                seen += 1
    assert seen > 15


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body and answer with a content, webhooks too: where it stands, and its description."""
    paths = {**document["paths"], **document.get("webhooks", {})}
    for path, methods in paths.items():
        for method, operation in methods.items():
            parts = {"body": operation.get("requestBody", {}), **operation["responses"]}
            for part, described in parts.items():
                for media, content in described.get("content", {}).items():
                    yield f"{method} {path} {part} {media}", content


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema or what it points to."""
    name = str(schema.get("$ref", "")).removeprefix("#/components/schemas/")
    return document["components"]["schemas"][name] if name else schema


def test_every_way_of_signing_in_is_described(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"apiKey", "http", "oauth2"}
    flow = schemes["OAuth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] in document["paths"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for way in operation.get("security", ()):
                for name, scopes in way.items():
                    assert name in schemes
                    assert set(scopes) <= set(flow["scopes"])
                    assert bool(scopes) == (name == "OAuth2")


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
