"""What is asked of every address (see `tests.probe`): the desk, the screen, items and integrated
services here, the rest in modules of their own."""

from __future__ import annotations

from tests.probe import Probe, export, page
from tests.probes_benefits_desk import BENEFITS_DESK
from tests.probes_benefits_facts import FACTS
from tests.probes_benefits_fulfil import BENEFITS_API
from tests.probes_benefits_ledger import BENEFITS_LEDGER
from tests.probes_benefits_pay import PAYMENTS
from tests.probes_benefits_portal import BENEFITS_PORTAL
from tests.probes_certificates import CERTIFICATES
from tests.probes_construction import CONSTRUCTION
from tests.probes_credit import CREDIT
from tests.probes_events import EVENTS
from tests.probes_licences import LICENCES
from tests.probes_people import PEOPLE
from tests.probes_pledge_api import PLEDGE_API
from tests.probes_public import PUBLIC
from tests.probes_repair import REPAIR

__all__ = ["PROBES", "Probe"]

_CASE = "/desk/cases/{number}/"
#: Every role's moves; the doors to all moves are the same two.
_MOVES = (
    *("file", "amend", "report_check", "withdraw", "dispatch", "sign", "finish"),
    *("report_verification", "close", "reopen"),
)

_NARROWED = ("", "?q={number}", "?area=420602", "?path={path}", "?unit={unit}")

#: Pages of an application that is filled in which show something as it stands.
_SHOWN = ("where", "needs", "who", "form", "papers", "saved", "together")

PROBES: dict[str, Probe] = {
    "set_language": Probe(open=("POST /i18n/setlang/ language=en&next={case_url}",)),
    "ui:type-size": Probe(open=("POST /ui/type-size size=large&next={case_url}",)),
    # The gallery of parts is open in the demo only.
    "ui:gallery": Probe(open=("/ui/gallery",)),
    "ui:gallery-sheet": Probe(open=("/ui/gallery/fields",)),
    # --- The desk. First the log of exports: later it holds what the viewer typed as a filter.
    "desk:exports": Probe(own=("/desk/exports/",), open=("/desk/exports/",)),
    "desk:exports-export": Probe(
        own=("/desk/exports/export/",),
        open=("/desk/exports/export/", "POST /desk/exports/export/ purpose=周例会"),
    ),
    "desk:home": page("/desk/"),
    "desk:sign-in": page("/desk/sign-in/"),
    "desk:demo": Probe(closed=("POST /desk/sign-in/demo/ username={username}",)),
    "desk:sign-out": Probe(),
    "desk:inbox": Probe(
        own=("/desk/inbox/",), open=("/desk/inbox/", "/desk/inbox/?after={message}9")
    ),
    "desk:inbox-export": Probe(
        own=("/desk/inbox/export/",),
        open=("/desk/inbox/export/", "POST /desk/inbox/export/ purpose=周例会"),
    ),
    "desk:help": page("/desk/help/"),
    "desk:inbox-outside": Probe(
        own=("/desk/inbox/outside/",),
        open=("/desk/inbox/outside/", "POST /desk/inbox/outside/ channel=email&hours=always"),
    ),
    "desk:inbox-read": Probe(open=("POST /desk/inbox/read/ ids={message}&id={message}",)),
    "desk:calendar": Probe(
        own=("/desk/calendar/",), open=("/desk/calendar/", "POST /desk/calendar/ act=revoke")
    ),
    "desk:calendar-feed": Probe(
        closed=("/desk/calendar/{code}.ics", "/desk/calendar/{number}.ics")
    ),
    # Partners belong to the whole city; nobody in the matrix administers more than a county.
    "desk:partners": Probe(closed=("/desk/partners/",)),
    "desk:partner": Probe(closed=("/desk/partners/fuzz/",)),
    "desk:partner-act": Probe(closed=("POST /desk/partners/fuzz/act/ act=resume",)),
    "desk:partners-export": Probe(closed=("/desk/partners/export/",)),
    "desk:partner-export": Probe(closed=("/desk/partners/fuzz/export/",)),
    "desk:work": Probe(open=("/desk/work/",)),
    "desk:work-duty": Probe(
        own=tuple(f"/desk/work/{duty}/" for duty in ("accept", "dispatch", "main", "check")),
        open=tuple(
            f"/desk/work/{duty}/{query}"
            for duty in ("accept", "check", "dispatch", "main", "extend", "verify", "close")
            for query in (("", "?q={number}") if duty != "main" else _NARROWED)
        ),
    ),
    "desk:batch": Probe(
        open=(
            "POST /desk/work/main/batch/ move=sign&cases={id}&ids={id}&case={id}",
            "POST /desk/work/dispatch/batch/ move=dispatch&cases={id}&ids={id}&case={id}",
        )
    ),
    "desk:cases": Probe(
        own=("/desk/cases/", "/desk/cases/?q={number}", "/desk/cases/?state=assigned"),
        open=tuple(
            f"/desk/cases/{query}"
            for query in (
                *("", "?q={number}", "?q={subject}", "?q={where}", "?path={path}", "?unit={unit}"),
                *("?area=420602", "?type={type}", "?state={state}", "?after={after}"),
                *("?path={path}/.", "?figure=received", "?stage={stage}", "?late=on"),
                *("?family=event/01", "?family=event/01&figure=open", "?cell=420602001001001"),
            )
        ),
    ),
    "desk:work-export": Probe(
        own=("/desk/work/accept/export/", "/desk/work/main/export/"),
        open=tuple(
            text
            for duty in ("accept", "check", "dispatch", "main", "extend", "verify", "close")
            for text in (
                f"/desk/work/{duty}/export/?q={{number}}",
                f"POST /desk/work/{duty}/export/ purpose=周例会",
            )
        ),
    ),
    "desk:cases-export": Probe(
        own=("/desk/cases/export/",),
        open=tuple(
            text
            for query in ("", "?q={number}", "?path={path}", "?unit={unit}", "?figure=received")
            for text in (
                f"/desk/cases/export/{query}",
                f"POST /desk/cases/export/{query} purpose=周例会",
            )
        ),
    ),
    "desk:areas": Probe(
        own=("/desk/areas.json",), open=("/desk/areas.json", "/desk/areas.json?path={path}")
    ),
    "desk:case": Probe(
        own=(_CASE,), closed=(_CASE, f"{_CASE}?tab=history", f"{_CASE}?history=all")
    ),
    "desk:dossier": Probe(own=(f"{_CASE}dossier.pdf",), closed=(f"{_CASE}dossier.pdf",)),
    "desk:city_events:result": Probe(closed=(f"{_CASE}result.pdf",)),
    "desk:clock": Probe(own=(f"{_CASE}clocks/{{clock}}/",), closed=(f"{_CASE}clocks/{{clock}}/",)),
    "desk:paper": Probe(
        own=(f"{_CASE}papers/{{paper}}/",),
        closed=(
            f"{_CASE}papers/{{paper}}/",
            f"{_CASE}papers/{{paper}}/?small=1",
            "/desk/cases/{own_number}/papers/{paper}/",
        ),
    ),
    "desk:move": Probe(
        own=(f"{_CASE}give_back/",),
        closed=(
            *(f"{_CASE}{move}/" for move in ("amend", "sign", "dispatch")),
            *(
                f"POST {_CASE}{move}/ note=x&type={{type}}&unit={{unit}}&result=pass&reason=3"
                for move in _MOVES
            ),
        ),
    ),
    "desk:city_events:card": Probe(closed=(f"{_CASE}supervision.pdf",)),
    "desk:city_events:hot": Probe(
        own=("/desk/hot/?days=30",),
        open=("/desk/hot/?days=30", "/desk/hot/?days=30&type=event/01/10&division=420602001001"),
    ),
    "desk:city_events:hot-export": export("/desk/hot/export/", "?days=30"),
    "desk:city_events:join": Probe(
        own=(f"{_CASE}join/",),
        closed=(f"{_CASE}join/", f"POST {_CASE}join/ into=1&note=x"),
    ),
    "desk:city_events:supervision": Probe(
        own=("/desk/supervision/",), open=("/desk/supervision/?days=365",)
    ),
    "desk:city_events:supervision-export": export("/desk/supervision/export/", "?days=365"),
    "desk:city_events:hotline": Probe(
        own=("/desk/hotline/",),
        open=(
            "/desk/hotline/",
            "POST /desk/hotline/ look=1&place_q={where}",
            "POST /desk/hotline/ type={type}&landmark={landmark}&description=x&confirmed=0",
            "POST /desk/hotline/ look=1&known={number}",
            "POST /desk/hotline/ look=history&phone={phone}",
            "POST /desk/hotline/ description=x&earlier={number}&known={number}&facts=none",
            "POST /desk/hotline/ description=x&earlier={number}&known={number}&facts=new",
        ),
    ),
    "desk:city_events:onsite": page("/desk/onsite/"),
    "desk:city_events:onsite-shell": page("/desk/onsite/shell/"),
    "desk:city_events:onsite-worker": Probe(open=("/desk/onsite/worker.js",)),
    "desk:city_events:onsite-work": page("/desk/onsite/work.json"),
    "desk:city_events:onsite-types": page("/desk/onsite/types.json"),
    "desk:city_events:onsite-area": page("/desk/onsite/area.json"),
    # The account is asked first; moves on foreign cases: city_events/onsite/tests.
    "desk:city_events:onsite-send": Probe(
        closed=("POST /desk/onsite/send/ account={id}&body={number}",)
    ),
    "desk:city_events:intake": Probe(own=("/desk/intake/",), open=("/desk/intake/",)),
    "desk:city_events:intake-export": export("/desk/intake/export/"),
    "desk:city_events:intake-template": Probe(open=("/desk/intake/template.xlsx",)),
    "desk:city_events:batch": Probe(closed=("/desk/intake/{id}/",)),
    "desk:city_events:batch-rejects": Probe(closed=("/desk/intake/{id}/rejects.xlsx",)),
    **EVENTS,
    **PEOPLE,
    # --- The screen
    "screen:today": Probe(
        own=("/screen/", "/screen/?days=30", "/screen/?view=scenarios&layer=open"),
        closed=("/screen/?path={path}", "/screen/?path={path}&days=7"),
        open=("/screen/", "/screen/?days=30", "/screen/?view=ranking&layer=running_late"),
    ),
    "screen:export": Probe(
        own=("/screen/export/",),
        closed=("/screen/export/?path={path}", "POST /screen/export/?path={path} purpose=周例会"),
        open=("/screen/export/", "POST /screen/export/ purpose=周例会"),
    ),
    "screen:areas": Probe(
        own=("/screen/areas.json",),
        closed=("/screen/areas.json?path={path}",),
        open=("/screen/areas.json",),
    ),
    # --- Items
    "desk:approvals:cards": page("/desk/approvals/cards/"),
    "desk:approvals:cards-export": export("/desk/approvals/cards/export/"),
    "desk:approvals:items": page("/desk/approvals/new/"),
    "desk:approvals:apply": Probe(
        closed=("POST /desk/approvals/new/nothing/ division=420606007",),
    ),
    "desk:approvals:notice": Probe(closed=("/desk/approvals/cases/{number}/papers/1.pdf",)),
    "desk:approvals:file": Probe(closed=("/desk/approvals/cases/{number}/files/{paper}",)),
    "api-v1:get_items": page("/api/v1/approvals/items?q=许可"),
    "api-v1:post_item_case": Probe(
        closed=('POST /api/v1/approvals/cases {{"item": "x", "division": "420606007"}}',)
    ),
    "api-v1:get_item_case": Probe(closed=("/api/v1/approvals/cases/{number}",)),
    "api-v1:post_item_move": Probe(
        closed=('POST /api/v1/approvals/cases/{number}/moves/accept {{"facts": {{}}}}',)
    ),
    "api-v1:post_item_rating": Probe(
        closed=('POST /api/v1/approvals/cases/{number}/ratings {{"code": 1}}',)
    ),
    **PUBLIC,
    # --- Integrated services: for everybody
    "themes:find": page("/themes/?q=餐饮"),
    "themes:guide": page("/themes/open_restaurant/"),
    "themes:start": Probe(open=("POST /themes/open_restaurant/start",)),
    "themes:expired": Probe(open=("/apply/expired",)),
    **{
        f"themes:{name}": Probe(
            own=(f"/apply/{{theme_draft}}/{name}",) if name in _SHOWN else (),
            open=(f"/apply/{{application}}/{name}", f"POST /apply/{{application}}/{name} act=as"),
        )
        for name in (
            *("ask", "where", "needs", "who", "form", "differs", "papers", "saved", "check"),
            *("together", "done"),
        )
    },
    "themes:file": Probe(open=("/apply/{application}/files/{paper}",)),
    "themes:enter": page("/matters/"),
    "themes:progress": Probe(open=("/matters/{matter}/",)),
    **{
        f"themes:{name}": Probe(
            open=(f"/matters/{{matter}}/{name}", f"POST /matters/{{matter}}/{name} note=x")
        )
        for name in ("correct", "supply", "withdraw", "stuck", "rate")
    },
    "themes:matter-file": Probe(open=("/matters/{matter}/files/{paper}",)),
    "themes:paper": Probe(open=("/matters/{matter}/papers/receipt.pdf",)),
    "themes:item-paper": Probe(open=("/matters/{matter}/items/{number}/1.pdf",)),
    # Signed in at the portal only; who may answer: life_events/tests/test_several_people_apply.py.
    "themes:confirm": Probe(open=("/together/1/", "POST /together/1/ true=on")),
    # --- Integrated services at the desk
    "desk:life_events:counter": page("/desk/life-events/counter/?q=餐饮"),
    "desk:life_events:begin": Probe(closed=("POST /desk/life-events/counter/nothing/",)),
    "desk:life_events:matters": Probe(
        own=("/desk/life-events/matters/",),
        open=(
            "/desk/life-events/matters/",
            "/desk/life-events/matters/?number={matter}&theme=open_restaurant",
        ),
    ),
    "desk:life_events:tell": Probe(
        closed=(
            "/desk/life-events/cases/{matter}/tell/",
            "POST /desk/life-events/cases/{matter}/tell/ note=x",
        )
    ),
    "desk:life_events:paper": Probe(
        closed=("/desk/life-events/cases/{matter}/papers/receipt.pdf",)
    ),
    "desk:life_events:file": Probe(closed=("/desk/life-events/cases/{matter}/files/{paper}",)),
    "desk:life_events:themes": page("/desk/life-events/themes/"),
    "desk:life_events:theme": page("/desk/life-events/themes/open_restaurant/"),
    "desk:life_events:measures": page("/desk/life-events/measures/"),
    "desk:life_events:measures-export": export("/desk/life-events/measures/export/"),
    "desk:life_events:notices": page("/desk/life-events/notices/"),
    "desk:life_events:notice-object": Probe(
        closed=("POST /desk/life-events/notices/0/object/ objection=x",)
    ),
    "desk:life_events:studio": page("/desk/life-events/studio/"),
    **{
        f"desk:life_events:studio-{name}": Probe(closed=(f"{verb}/desk/life-events/studio/{path}",))
        for name, verb, path in (
            ("begin", "POST ", "begin/ theme=nothing_like_it"),
            ("edit", "", "0/"),
            ("rehearse", "", "0/rehearse/"),
            ("step", "POST ", "0/step/ act=publish"),
            ("move", "", "0/move/"),
        )
    },
}


PROBES |= CERTIFICATES | CONSTRUCTION | CREDIT | LICENCES | PLEDGE_API | REPAIR
PROBES |= BENEFITS_LEDGER | PAYMENTS | BENEFITS_API | BENEFITS_DESK | BENEFITS_PORTAL | FACTS
