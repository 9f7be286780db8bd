"""The API: one document, one key, and the routers that systems register."""

from __future__ import annotations

from typing import Any

import orjson
from django.apps import apps
from django.http import HttpRequest
from django.urls import path
from django.utils.module_loading import import_string
from ninja import NinjaAPI
from ninja.parser import Parser

from yishi import __version__
from yishi.faces.api import docs
from yishi.faces.api.calendars import router as calendars
from yishi.faces.api.certificates import router as certificates
from yishi.faces.api.document import complete
from yishi.faces.api.oauth import router as oauth
from yishi.faces.api.renderer import Renderer
from yishi.foundation.ui.api_errors import add_handlers


class StrictParser(Parser):
    """JSON without lone surrogates, NaN or infinities; anything else is a 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The request's body as Python values."""
        return orjson.loads(request.body)


class Api(NinjaAPI):
    """Ninja's API with a complete document."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._documents: dict[str, Any] = {}

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The OpenAPI document, see `yishi.faces.api.document`; drawn up once, for it takes half a
        second and does not change while a process runs."""
        key = repr(sorted(kwargs.items()))
        if key not in self._documents:
            self._documents[key] = complete(super().get_openapi_schema(**kwargs))
        return self._documents[key]


api = Api(
    title="一事 Yishi",
    version=__version__,
    description="城市公共事务闭环办理的开放接口。时间为 ISO 8601；坐标默认 EPSG:4490。",
    parser=StrictParser(),
    renderer=Renderer(),
    urls_namespace="api-v1",
    docs_url=None,
    openapi_extra={"info": {"license": {"name": "Apache-2.0"}}},
)
add_handlers(api)
api.add_router("/deadline", calendars, tags=["日期"])
api.add_router("", certificates)
api.add_router("/oauth", oauth, tags=["认证"])
for config in apps.get_app_configs():
    dotted = getattr(config, "api_router", "")
    if dotted:
        api.add_router("", import_string(dotted))

urlpatterns = [
    path("docs", docs.page, {"api": api}, name="api-docs"),
    path("v1/", api.urls),
    path("<path:rest>", docs.no_such_address, name="api-nothing"),
]
