"""The papers of an application that is filled in, each once; and its files."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yishi.foundation.access.throttle import Limit
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.documents import file_answer
from yishi.foundation.ui.limits import largest_body
from yishi.systems.life_events import paperwork
from yishi.systems.life_events.paperwork import HELD
from yishi.systems.life_events.portal.flow import Flow, page
from yishi.systems.life_events.portal.forms import (
    FilesForm,
)
from yishi.systems.life_events.portal.paperlist import rows_of


@page("papers")
def _papers(flow: Flow) -> HttpResponse:
    """The papers, each once: on file, uploaded, or promised for later."""
    app, made = flow.application, flow.made
    if flow.posted:
        act, _colon, rest = flow.request.POST.get("act", "").partition(":")
        try:
            done = _paper_act(flow, act, rest)
        except FieldError as error:
            return _papers_page(flow, {rest: error.message})
        if done:
            return flow.go("papers", f"#paper-{rest.partition('|')[0]}" if rest else "")
        missing = paperwork.missing_papers(app, made, flow.having)
        if act == "save":
            return flow.go("saved")
        if missing:
            return _papers_page(flow, {key: _("请上传，或按提示处理") for key in missing})
        return flow.go("check")
    return _papers_page(flow, {})


papers = largest_body(60, gettext_lazy("文件合计超过 60 MB，没有上传。请分几次添加。"))(_papers)


def _paper_act(flow: Flow, act: str, rest: str) -> bool:
    app, made = flow.application, flow.made
    if act == "upload":
        most = settings.YISHI_UPLOADS_PER_ADDRESS
        Limit("portal.photos", most, 600, shared=True).take_for(flow.request)
        files = FilesForm(flow.request.POST, flow.request.FILES)
        files.full_clean()
        chosen = files.cleaned_data.get("files") or []
        if not chosen:
            raise FieldError(rest, _("请先选择文件"), "required")
        paperwork.add_files(app, made, rest, chosen, flow.now)
    elif act == "remove":
        key, _bar, file_id = rest.partition("|")
        paperwork.remove_file(app, key, file_id, flow.now)
    elif act == "defer":
        paperwork.defer(app, made, rest, flow.now)
    elif act == "undo":
        paperwork.undo(app, rest, flow.now)
    else:
        return False
    return True


def _papers_page(flow: Flow, wrong: dict[str, str]) -> HttpResponse:
    rows = paper_rows(flow, wrong)
    return flow.render(
        rows=rows,
        wrong=[row for row in rows if row["wrong"]],
        files=FilesForm(),
        held=sum(row["how"] == HELD for row in rows),
        status=422 if wrong else 200,
    )


def paper_rows(flow: Flow, wrong: dict[str, str]) -> list[dict[str, Any]]:
    """Each paper with how it comes."""
    return rows_of(flow.application, flow.made, flow.having, wrong, {})


@page("file")
def file(flow: Flow, file_id: uuid.UUID) -> HttpResponseBase:
    """A file of this draft."""
    own = {
        one["id"] for paper in flow.application.papers.values() for one in paper.get("files", [])
    }
    if str(file_id) not in own:
        raise Http404
    return file_answer(file_id)
