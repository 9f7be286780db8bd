"""The API's documentation as a page: the OpenAPI document, rendered without any script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from yishi.foundation.ui.rendering import render_page

_PREFIX = "#/components/schemas/"


@require_safe
def page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """Every operation with its parameters, body, answers and an example."""
    document = api.get_openapi_schema()
    context = {
        "document": document,
        "operations": list(operations(document)),
        "openapi_url": reverse("api-v1:openapi-json"),
    }
    return render_page(request, "api/docs.html", context)


@csrf_exempt
def no_such_address(request: HttpRequest, rest: str) -> JsonResponse:
    """404 in the API's own form for addresses that it does not have."""
    content = {"code": "not_found", "message": "没有这个接口地址", "errors": []}
    return JsonResponse(content, status=404)


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The operations of an OpenAPI document, ready for the page."""
    schemas = document.get("components", {}).get("schemas", {})
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            yield {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary", ""),
                "text": operation.get("description", ""),
                "key": bool(operation.get("security")),
                "scopes": _scopes(operation),
                "parameters": [_parameter(item) for item in operation.get("parameters", ())],
                "body": _content(body["content"], schemas) if body else None,
                "answers": [
                    {"status": status, **(_content(answer.get("content", {}), schemas) or {})}
                    for status, answer in operation["responses"].items()
                ],
            }


def _scopes(operation: dict[str, Any]) -> list[str]:
    """The scopes of an access token, any of which the operation needs."""
    return [s for way in operation.get("security", ()) for s in way.get("OAuth2", ())]


def _parameter(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": item["name"],
        "place": item["in"],
        "required": item.get("required", False),
        "type": _type(item["schema"]),
    }


def _content(content: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any] | None:
    for media, described in content.items():
        schema = described.get("schema", {})
        name = str(schema.get("$ref", "")).removeprefix(_PREFIX)
        found = schemas.get(name, schema)
        example = found.get("example")
        return {
            "media": media,
            "name": name or _type(schema),
            "text": found.get("description", ""),
            "fields": [
                {
                    "name": field,
                    "type": _type(value),
                    "required": field in found.get("required", ()),
                    "text": value.get("description", ""),
                }
                for field, value in found.get("properties", {}).items()
            ],
            "example": json.dumps(example, ensure_ascii=False, indent=2) if example else "",
        }
    return None


def _type(schema: dict[str, Any]) -> str:
    """A schema in one word: ``text``, ``number``, ``list of CaseOut`` …"""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_PREFIX)
    if "anyOf" in schema:
        kinds = [_type(part) for part in schema["anyOf"] if part.get("type") != "null"]
        return " | ".join(kinds)
    kind = str(schema.get("type", "object"))
    if kind == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("format", kind))
