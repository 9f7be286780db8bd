"""What is asked of the addresses of construction projects. Projects of the own and of a foreign
place stand in ``yishi/systems/construction/tests/test_nobody_sees_a_foreign_project.py``."""

from __future__ import annotations

from tests.probe import Probe

_DESK = "/desk/projects/{number}/"
_OWN = "/projects/{number}/"
_NOBODY = "00000000-0000-4000-8000-000000000000"

CONSTRUCTION: dict[str, Probe] = {
    "desk:construction:projects": Probe(
        own=("/desk/projects/",),
        open=("/desk/projects/", "/desk/projects/?q={number}", "/desk/projects/?state=stage_1"),
    ),
    "desk:construction:projects-export": Probe(
        own=("/desk/projects/export/",),
        open=("/desk/projects/export/", "POST /desk/projects/export/ purpose=周例会"),
    ),
    "desk:construction:map": Probe(own=("/desk/projects/map/",), open=("/desk/projects/map/",)),
    "desk:construction:new": Probe(
        open=("/desk/projects/new/",), closed=("POST /desk/projects/new/ name=x",)
    ),
    "desk:construction:deliver": Probe(
        closed=("/desk/projects/surveys/{number}/", "POST /desk/projects/surveys/{number}/ a=1")
    ),
    "desk:construction:project": Probe(closed=(_DESK,)),
    "desk:construction:timeline-svg": Probe(closed=(f"{_DESK}timeline.svg",)),
    "desk:construction:timeline-pdf": Probe(closed=(f"{_DESK}timeline.pdf",)),
    "desk:construction:verify": Probe(closed=(f"POST {_DESK}verify/ a=1",)),
    **{
        f"desk:construction:{name}": Probe(closed=(f"{_DESK}{name}/", f"POST {_DESK}{name}/ a=1"))
        for name in ("apply", "amend", "survey", "change")
    },
    "desk:construction:acceptance": Probe(closed=(f"{_DESK}acceptance/",)),
    **{
        f"desk:construction:{name}": Probe(open=(f"POST {_DESK}{name}/{{number}}/ part=x",))
        for name in ("opinion", "conclude", "rectified")
    },
    "desk:construction:opinion-pdf": Probe(closed=(f"{_DESK}opinion-{_NOBODY}.pdf",)),
    "desk:construction:survey-pdf": Probe(closed=(f"{_DESK}survey-{{number}}.pdf",)),
    "desk:construction:card-pdf": Probe(closed=(f"{_DESK}card-{{id}}.pdf",)),
    "projects:enter": Probe(
        own=("/projects/",), open=("/projects/", "POST /projects/ code={code}")
    ),
    "projects:register": Probe(
        own=("/projects/register/",),
        open=("/projects/register/", "POST /projects/register/ name=x"),
    ),
    "projects:project": Probe(closed=(_OWN,)),
    **{
        f"projects:{name}": Probe(closed=(f"{_OWN}{name}/", f"POST {_OWN}{name}/ a=1"))
        for name in ("apply", "survey", "change", "works", "code")
    },
    "projects:timeline-svg": Probe(closed=(f"{_OWN}timeline.svg",)),
    "projects:timeline-pdf": Probe(closed=(f"{_OWN}timeline.pdf",)),
    "projects:opinion-pdf": Probe(closed=(f"{_OWN}opinion-{_NOBODY}.pdf",)),
    "projects:survey-pdf": Probe(closed=(f"{_OWN}survey-{{number}}.pdf",)),
    "projects:item": Probe(
        closed=(f"{_OWN}items/{{number}}/", f"POST {_OWN}items/{{number}}/ a=1")
    ),
    "projects:corrected": Probe(closed=(f"POST {_OWN}items/{{number}}/corrected/ a=1",)),
    "projects:withdraw": Probe(closed=(f"POST {_OWN}items/{{number}}/withdraw/ a=1",)),
    "projects:rectified": Probe(closed=(f"POST {_OWN}rectified/{{number}}/ a=1",)),
    "api-v1:get_projects": Probe(own=("/api/v1/projects",), open=("/api/v1/projects",)),
    "api-v1:post_project": Probe(closed=('POST /api/v1/projects {{"name": "{number}"}}',)),
    "api-v1:get_project": Probe(closed=("/api/v1/projects/{number}",)),
    "api-v1:get_project_units": Probe(closed=("/api/v1/projects/{number}/units",)),
    "api-v1:post_project_items": Probe(
        closed=('POST /api/v1/projects/{number}/items {{"items": [{{"key": "gc_filing"}}]}}',)
    ),
}
