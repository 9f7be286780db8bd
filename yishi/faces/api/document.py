"""The OpenAPI document, completed: what ninja leaves out, for every operation alike."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string

#: Names and texts of the security schemes, by what ninja calls them.
_SCHEMES = {
    "HeaderKey": ("ApiKey", "接口密钥，放在 X-API-Key 头中；由 yishi 的管理员发放"),
    "BearerKey": ("ApiKeyBearer", "同一接口密钥，放在 Authorization: Bearer 头中"),
    "OAuth2": ("OAuth2", "合作平台的访问令牌（RFC 6749 §4.4，客户端凭据）"),
}
_WORDS = {
    200: "成功",
    201: "已创建",
    400: "请求内容无法读取",
    401: "没有有效的凭证",
    403: "凭证不允许此操作",
    404: "没有，或无权查看",
    409: "与当前状态或先前内容冲突",
    413: "请求内容过大",
    422: "字段不符合要求",
    429: "尝试次数过多",
    503: "系统正在恢复，请稍后再试",
}

#: What a parameter may look like, by its name, which means the same in every operation.
_EXAMPLES: dict[str, Any] = {
    "after": "20160",
    "code": "A1F94-JM0GY-2FWPA-P0PSW",
    "holder_code": "91420600MA48X2K128",
    "identifier": "91420600MA48X2K128",
    "limit": "4小时",
    "move": "sign",
    "name": "示例食品",
    "number": "XY20260310000007",
    "pause": ["2026-03-02T10:00/2026-03-02T11:00"],
    "pk": 1,
    "photo": "0198c2f4-6f3a-7b1e-9d55-0f8c1d2e3a4b",
    "q": "垃圾",
    "ref": "SIM-AIR-01",
    "start": "2026-03-02T09:00",
    "state": "assigned",
    "task": 12,
    "type": "event/01/10",
}

#: The same for whole numbers and other names that differ by what they belong to.
_OF_KIND: dict[tuple[str, str], Any] = {
    ("limit", "integer"): 100,
    ("offset", "integer"): 0,
    ("item", "string"): "industry.first_batch",
    ("key", "string"): "hr",
    ("message", "string"): "019384d0-1f00-7abc-8def-0123456789ab",
    ("period", "string"): "2026",
}

#: A key that asks too often, or an address that tries wrong ones; the database away for seconds.
_LATER = {
    status: {
        "description": _WORDS[status],
        "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "等待的秒数"}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}},
    }
    for status in (429, 503)
}


def complete(document: Any) -> Any:
    """Examples of parameters, OAuth's scopes, names of security schemes, words, webhooks."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                kind = parameter["name"], parameter["schema"].get("type", "")
                if kind in _OF_KIND:
                    parameter.setdefault("example", _OF_KIND[kind])
                elif parameter["name"] in _EXAMPLES:
                    parameter.setdefault("example", _EXAMPLES[parameter["name"]])
            if "security" in operation:
                operation["security"] = _security(operation["security"])
                operation["responses"].setdefault(429, dict(_LATER[429]))
            operation["responses"].setdefault(503, dict(_LATER[503]))
            for status, answer in operation["responses"].items():
                answer["description"] = _WORDS.get(int(status), answer.get("description", ""))
    components = document["components"]
    schemes = components.get("securitySchemes", {})
    components["securitySchemes"] = {
        _SCHEMES.get(name, (name, ""))[0]: {
            **scheme,
            "description": _SCHEMES.get(name, ("", name))[1],
        }
        for name, scheme in schemes.items()
    }
    hooks = _webhooks(components["schemas"])
    if hooks:
        document["webhooks"] = hooks
    return document


def _security(given: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Each way once; a way that is given with scopes is not given without."""
    scoped = {name for item in given for name, scopes in item.items() if scopes}
    return [
        {_SCHEMES.get(name, (name, ""))[0]: scopes}
        for item in given
        for name, scopes in item.items()
        if scopes or name not in scoped
    ]


def _webhooks(schemas: dict[str, Any]) -> dict[str, Any]:
    """The webhooks that systems declare (``api_webhooks`` of their app: name → (text, schema))."""
    found: dict[str, Any] = {}
    for config in apps.get_app_configs():
        dotted = getattr(config, "api_webhooks", "")
        for name, (text, schema) in (import_string(dotted) if dotted else {}).items():
            described = schema.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(described.pop("$defs", {}))
            schemas[schema.__name__] = described
            content = {"schema": {"$ref": f"#/components/schemas/{schema.__name__}"}}
            found[name] = {
                "post": {
                    "summary": text,
                    "parameters": [
                        {"in": "header", "name": head, "required": True, "schema": {"type": kind}}
                        for head, kind in (
                            ("Webhook-Id", "string"),
                            ("Webhook-Timestamp", "integer"),
                            ("Webhook-Signature", "string"),
                        )
                    ],
                    "requestBody": {"content": {"application/json": content}},
                    "responses": {"2XX": {"description": "已收下；其他回答会重发"}},
                }
            }
    return found
