"""What is asked of the addresses of city events at the desk."""

from __future__ import annotations

from tests.probe import Probe, export, page

_CASE = "/desk/cases/{number}/"


EVENTS: dict[str, Probe] = {
    # Devices stand where cases may be: those of the other county are not listed and not found.
    "desk:city_events:devices": Probe(
        own=("/desk/devices/", "/desk/devices/?state=d_unheard&kind=camera&q=SIM"),
        open=("/desk/devices/?q={number}", "/desk/devices/?after=a_silent~x"),
    ),
    "desk:city_events:devices-export": export("/desk/devices/export/", "?q={number}"),
    "desk:city_events:device-import": page("/desk/devices/import/"),
    "desk:city_events:device-template": Probe(open=("/desk/devices/template.xlsx",)),
    "desk:city_events:device": Probe(
        own=("/desk/devices/of/SIM-LIFT-01/",), closed=("/desk/devices/of/{number}/",)
    ),
    "desk:city_events:call-backs": Probe(
        own=("/desk/hotline/call-backs/",),
        open=("/desk/hotline/call-backs/", "/desk/hotline/call-backs/?after=1~{task}"),
    ),
    "desk:city_events:call-backs-export": export("/desk/hotline/call-backs/export/"),
    "desk:city_events:call-back": Probe(
        own=("/desk/hotline/call-backs/{task}/",),
        closed=(
            "/desk/hotline/call-backs/{task}/",
            "POST /desk/hotline/call-backs/{task}/ result=missed",
        ),
    ),
    "desk:city_events:quality": page("/desk/hotline/quality/"),
    "desk:city_events:quality-export": export("/desk/hotline/quality/export/"),
    "desk:city_events:ticket": Probe(
        closed=(
            f"{_CASE}reports/{{report}}/ticket/",
            "/desk/cases/{own_number}/reports/{report}/ticket/",
        )
    ),
    "desk:city_events:routing": Probe(
        own=("/desk/routing/",),
        open=("/desk/routing/", "POST /desk/routing/ unit_q=x&unit={unit}"),
    ),
    "desk:city_events:routing-export": export("/desk/routing/export/"),
    "desk:city_events:absence-end": Probe(closed=("POST /desk/routing/away/{id}/end/",)),
    "desk:city_events:returns": Probe(
        own=("/desk/routing/returns/",), open=("/desk/routing/returns/?days=365",)
    ),
    "desk:city_events:return-cases": Probe(
        own=("/desk/routing/returns/cases/",),
        open=(
            "/desk/routing/returns/cases/?days=365",
            "/desk/routing/returns/cases/?area={path}&type={type}&unit={unit}",
        ),
    ),
    "desk:city_events:returns-export": export(
        "/desk/routing/returns/export/", "?days=365", "?area={path}&unit={unit}"
    ),
    "desk:city_events:rehearsals": page("/desk/rehearsals/"),
    "desk:city_events:rehearsal-files": Probe(open=("/desk/rehearsals/files.zip",)),
    "desk:city_events:rehearsal": Probe(closed=("/desk/rehearsals/{id}/",)),
    "desk:city_events:rehearsal-export": Probe(closed=("/desk/rehearsals/{id}/export/",)),
    "desk:city_events:assessment": Probe(
        own=tuple(f"/desk/assessment/?by={by}" for by in ("unit", "county", "month")),
        open=tuple(
            f"/desk/assessment/?{query}"
            for query in ("", "by=unit&area={path}", "by=county&unit={unit}", "by=month")
        ),
    ),
    "desk:city_events:assessment-export": export(
        "/desk/assessment/export/", "?by=unit", "?by=county", "?by=unit&area={path}"
    ),
    "desk:city_events:assessment-cases": Probe(
        own=("/desk/assessment/cases/?figure=received",),
        open=tuple(
            f"/desk/assessment/cases/?figure=received{more}"
            for more in ("", "&area={path}", "&unit={unit}", "&after={after}")
        ),
    ),
    "desk:city_events:assessment-cases-export": export(
        "/desk/assessment/cases/export/",
        *(f"?figure=received{more}" for more in ("", "&area={path}", "&unit={unit}")),
    ),
    "desk:city_events:assessment-call-backs": Probe(
        own=("/desk/assessment/call-backs/?figure=tickets",),
        open=tuple(
            f"/desk/assessment/call-backs/?figure=tickets{more}"
            for more in ("", "&area={path}", "&unit={unit}", "&after=99999999")
        ),
    ),
    "desk:city_events:assessment-call-backs-export": export(
        "/desk/assessment/call-backs/export/",
        *(f"?figure=tickets{more}" for more in ("", "&area={path}", "&unit={unit}")),
    ),
    "desk:city_events:assessment-count": Probe(
        open=("POST /desk/assessment/count/?area={path} x=1", "POST /desk/assessment/count/ x=1"),
    ),
    "desk:city_events:assessment-cards": Probe(
        own=("/desk/assessment/cards/?kind=day",),
        open=(
            "/desk/assessment/cards/?kind=day&area={path}",
            "/desk/assessment/cards/?unit={unit}&level=1",
        ),
    ),
    "desk:city_events:assessment-report": Probe(
        own=("/desk/assessment/report/?kind=day",),
        open=(
            "/desk/assessment/report/?kind=day&area={path}",
            "/desk/assessment/report/?kind=week&area={path}&unit={unit}",
        ),
    ),
    "desk:city_events:assessment-report-pdf": Probe(
        own=("/desk/assessment/report.pdf?kind=day",),
        open=("/desk/assessment/report.pdf?kind=day&area={path}",),
    ),
    "desk:city_events:scenarios": page("/desk/scenarios/"),
    "desk:city_events:scenario": Probe(
        own=("/desk/scenarios/event/01/",),
        open=("/desk/scenarios/event/01/?area={path}", "/desk/scenarios/event/01/?unit={unit}"),
    ),
    "desk:kpis": page("/desk/kpis/"),
    "desk:city_events:dispatch-order": Probe(closed=(f"{_CASE}dispatch-order.pdf",)),
    "desk:city_events:reveal": Probe(
        closed=(
            f"{_CASE}reports/{{report}}/contact/",
            f"POST {_CASE}reports/{{report}}/contact/ purpose=回访",
            "/desk/cases/{own_number}/reports/{report}/contact/",
            "POST /desk/cases/{own_number}/reports/{report}/contact/ purpose=回访",
        )
    ),
    "desk:city_events:unmerge": Probe(
        closed=(
            f"{_CASE}reports/{{report}}/unmerge/",
            f"POST {_CASE}reports/{{report}}/unmerge/ x=1",
            "/desk/cases/{own_number}/reports/{report}/unmerge/",
        )
    ),
}
