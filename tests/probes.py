"""What is asked of every address: once on one's own data, once on somebody else's.

A new address without an entry here fails ``test_scope_matrix`` and ``test_statement_ledger``.

``own``: what the ledger visits, GET unless it begins with another method; empty when it makes no
page. ``closed``: requests on foreign data that must be refused. ``open``: requests that may be
answered, but with nothing foreign in the answer. ``public``: requests whose answers may name a
foreign case by its number, but tell nothing that a reporter wrote. Words in braces are filled in
from the world: ``number``, ``paper``, ``clock``, ``report`` … of the own or of the foreign case.
After the address may stand a body: a form (``a=1&b=2``) or JSON.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """One address."""

    own: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    public: tuple[str, ...] = ()


def _page(path: str) -> Probe:
    """A page without data of cases: it is visited, and must stay without."""
    return Probe(own=(path,), open=(path,))


def _export(path: str, *queries: str) -> Probe:
    """A list as a file, narrowed by each of *queries*: the file is looked into."""
    asked = [f"{path}{query}" for query in queries or ("",)]
    opened = (text for one in asked for text in (one, f"POST {one} purpose=周例会"))
    return Probe(own=(asked[0],), open=tuple(opened))


def _draft(step: str) -> Probe:
    """A page of a report that somebody else is filling in."""
    path = f"/report/{{draft}}/{step}"
    return Probe(own=(path,), open=(path, f"POST {path} act=next"))


_CASE = "/desk/cases/{number}/"
_TRACK = "/track/{number}/"
_API = "/api/v1/cases/{number}"
#: Every role's moves; the doors to all moves are the same two.
_MOVES = (
    *("file", "amend", "report_check", "withdraw", "dispatch", "sign", "finish"),
    *("report_verification", "close", "reopen"),
)

_NARROWED = ("", "?q={number}", "?area=420602", "?path={path}", "?unit={unit}")

#: Pages of an application that is filled in which show something as it stands.
_SHOWN = ("where", "needs", "who", "form", "papers", "saved")

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
    "desk:home": _page("/desk/"),
    "desk:sign-in": _page("/desk/sign-in/"),
    "desk:demo": Probe(closed=("POST /desk/sign-in/demo/ username={username}",)),
    "desk:sign-out": Probe(),
    "desk:inbox": Probe(
        own=("/desk/inbox/",), open=("/desk/inbox/", "/desk/inbox/?after={message}9")
    ),
    "desk:inbox-export": Probe(
        own=("/desk/inbox/export/",),
        open=("/desk/inbox/export/", "POST /desk/inbox/export/ purpose=周例会"),
    ),
    "desk:help": _page("/desk/help/"),
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
    "desk:city_events:hot-export": _export("/desk/hot/export/", "?days=30"),
    "desk:city_events:join": Probe(
        own=(f"{_CASE}join/",),
        closed=(f"{_CASE}join/", f"POST {_CASE}join/ into=1&note=x"),
    ),
    "desk:city_events:supervision": Probe(
        own=("/desk/supervision/",), open=("/desk/supervision/?days=365",)
    ),
    "desk:city_events:supervision-export": _export("/desk/supervision/export/", "?days=365"),
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
    "desk:city_events:onsite": _page("/desk/onsite/"),
    "desk:city_events:onsite-shell": _page("/desk/onsite/shell/"),
    "desk:city_events:onsite-worker": Probe(open=("/desk/onsite/worker.js",)),
    "desk:city_events:onsite-work": _page("/desk/onsite/work.json"),
    "desk:city_events:onsite-types": _page("/desk/onsite/types.json"),
    "desk:city_events:onsite-area": _page("/desk/onsite/area.json"),
    # The account is asked first; moves on foreign cases: city_events/onsite/tests.
    "desk:city_events:onsite-send": Probe(
        closed=("POST /desk/onsite/send/ account={id}&body={number}",)
    ),
    "desk:city_events:intake": Probe(own=("/desk/intake/",), open=("/desk/intake/",)),
    "desk:city_events:intake-export": _export("/desk/intake/export/"),
    "desk:city_events:intake-template": Probe(open=("/desk/intake/template.xlsx",)),
    "desk:city_events:batch": Probe(closed=("/desk/intake/{id}/",)),
    "desk:city_events:batch-rejects": Probe(closed=("/desk/intake/{id}/rejects.xlsx",)),
    # Devices stand where cases may be: those of the other county are not listed and not found.
    "desk:city_events:devices": Probe(
        own=("/desk/devices/", "/desk/devices/?state=d_unheard&kind=camera&q=SIM"),
        open=("/desk/devices/?q={number}", "/desk/devices/?after=a_silent~x"),
    ),
    "desk:city_events:devices-export": _export("/desk/devices/export/", "?q={number}"),
    "desk:city_events:device-import": _page("/desk/devices/import/"),
    "desk:city_events:device-template": Probe(open=("/desk/devices/template.xlsx",)),
    "desk:city_events:device": Probe(
        own=("/desk/devices/of/SIM-LIFT-01/",), closed=("/desk/devices/of/{number}/",)
    ),
    "desk:city_events:call-backs": Probe(
        own=("/desk/hotline/call-backs/",),
        open=("/desk/hotline/call-backs/", "/desk/hotline/call-backs/?after=1~{task}"),
    ),
    "desk:city_events:call-backs-export": _export("/desk/hotline/call-backs/export/"),
    "desk:city_events:call-back": Probe(
        own=("/desk/hotline/call-backs/{task}/",),
        closed=(
            "/desk/hotline/call-backs/{task}/",
            "POST /desk/hotline/call-backs/{task}/ result=missed",
        ),
    ),
    "desk:city_events:quality": _page("/desk/hotline/quality/"),
    "desk:city_events:quality-export": _export("/desk/hotline/quality/export/"),
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
    "desk:city_events:routing-export": _export("/desk/routing/export/"),
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
    "desk:city_events:returns-export": _export(
        "/desk/routing/returns/export/", "?days=365", "?area={path}&unit={unit}"
    ),
    "desk:city_events:rehearsals": _page("/desk/rehearsals/"),
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
    "desk:city_events:assessment-export": _export(
        "/desk/assessment/export/", "?by=unit", "?by=county", "?by=unit&area={path}"
    ),
    "desk:city_events:assessment-cases": Probe(
        own=("/desk/assessment/cases/?figure=received",),
        open=tuple(
            f"/desk/assessment/cases/?figure=received{more}"
            for more in ("", "&area={path}", "&unit={unit}", "&after={after}")
        ),
    ),
    "desk:city_events:assessment-cases-export": _export(
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
    "desk:city_events:assessment-call-backs-export": _export(
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
    "desk:city_events:scenarios": _page("/desk/scenarios/"),
    "desk:city_events:scenario": Probe(
        own=("/desk/scenarios/event/01/",),
        open=("/desk/scenarios/event/01/?area={path}", "/desk/scenarios/event/01/?unit={unit}"),
    ),
    "desk:kpis": _page("/desk/kpis/"),
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
    # --- Files of parties. Whoever is out of sight is answered like nobody.
    "desk:parties": Probe(
        own=("/desk/parties/",),
        open=(
            "/desk/parties/",
            "POST /desk/parties/ by=name&q={party_name}&purpose=周例会",
            "POST /desk/parties/ by=resident_id&q={party_number}&purpose=周例会",
        ),
    ),
    "desk:party": Probe(
        own=("/desk/parties/{party}/?case={number}",),
        closed=(
            "/desk/parties/{party}/",
            "/desk/parties/{party}/?case={number}",
            "/desk/parties/{party}/?case={own_number}",
            "POST /desk/parties/{party}/ purpose=周例会",
        ),
    ),
    "desk:party-reveal": Probe(
        own=("/desk/parties/{party}/reveal/",),
        closed=(
            "/desk/parties/{party}/reveal/",
            "POST /desk/parties/{party}/reveal/ purpose=周例会",
        ),
    ),
    **{
        f"desk:party-{name}": Probe(
            closed=(f"/desk/parties/{path}", f"POST /desk/parties/{path} reason=x")
        )
        for name, path in (
            ("merge", "{party}/merge/"),
            ("merge-undo", "merges/0/undo/"),
            ("succession", "{party}/succession/"),
            ("name", "{party}/name/"),
            ("number-new", "{party}/numbers/new/"),
            ("number-end", "{party}/numbers/{party}/end/"),
        )
    },
    "desk:data-tickets": Probe(
        own=("/desk/data-tickets/",),
        open=("/desk/data-tickets/", "/desk/data-tickets/?state=confirmed"),
    ),
    "desk:data-tickets-export": _export("/desk/data-tickets/export/"),
    "desk:data-ticket": Probe(
        own=("/desk/data-tickets/{ticket}/",),
        closed=(
            "/desk/data-tickets/{ticket}/",
            "POST /desk/data-tickets/{ticket}/ answer=yes",
        ),
    ),
    # --- Accounts, rosters, one's own account. What belongs to others is behind ids that nobody
    # here keeps: account 0 does not exist, and the answer is the same as for one out of reach.
    "desk:second": Probe(open=("/desk/sign-in/second/", "POST /desk/sign-in/second/ code=123456")),
    "desk:provider": Probe(closed=("/desk/sign-in/provider/",)),
    "desk:provider-back": Probe(closed=("/desk/sign-in/provider/back/?code=x&state=x",)),
    "desk:prove": _page("/desk/sign-in/again/"),
    **{
        f"desk:passkey-{name}": Probe(closed=(f"POST /desk/passkeys/{path}/ {{{{}}}}",))
        for name, path in (
            ("sign-in", "sign-in"),
            ("second-options", "second/options"),
            ("second", "second"),
            ("prove", "again"),
            ("register", "register"),
        )
    },
    **{
        f"desk:passkey-{name}": Probe(open=(f"POST /desk/passkeys/{path}/options/ {{{{}}}}",))
        for name, path in (("prove-options", "again"), ("options-register", "register"))
    },
    "desk:passkey-options": Probe(open=("POST /desk/passkeys/options/ {{}}",)),
    "desk:setup": Probe(closed=("/desk/welcome/MQ.x-y/", "POST /desk/welcome/MQ.x-y/ password=x")),
    "desk:me": _page("/desk/me/"),
    "desk:password": _page("/desk/me/password/"),
    "desk:generator": _page("/desk/me/generator/"),
    "desk:generator-off": Probe(open=("POST /desk/me/generator/off/ x=1",)),
    "desk:recovery-codes": Probe(open=("/desk/me/recovery-codes/",)),
    "desk:passkey-remove": Probe(closed=("POST /desk/me/passkeys/0/remove/ x=1",)),
    "desk:deputy": _page("/desk/me/deputy/"),
    "desk:deputy-end": Probe(closed=("POST /desk/deputies/0/end/ x=1",)),
    "desk:officers": _page("/desk/accounts/"),
    "desk:officer-new": _page("/desk/accounts/new/"),
    **{
        f"desk:{name}": Probe(
            closed=(f"/desk/accounts/0/{path}", f"POST /desk/accounts/0/{path} x=1")
        )
        for name, path in (
            ("officer", ""),
            ("officer-edit", "edit/"),
            ("grant-new", "posts/new/"),
            ("grant-end", "posts/0/end/"),
            ("officer-link", "link/"),
            ("officer-factors", "factors/"),
            ("officer-identity", "identity/"),
            ("officer-deputy", "deputy/"),
        )
    },
    "desk:units": _page("/desk/units/"),
    "desk:officers-export": _export("/desk/accounts/export/"),
    "desk:units-export": _export("/desk/units/export/", "", "?q=环境"),
    "desk:programs-export": _export("/desk/programs/export/"),
    "desk:shifts-export": Probe(closed=("/desk/shifts/export/?post=handler~{unit}~",)),
    "desk:table": Probe(
        own=("/desk/tables/people/", "/desk/tables/shifts/"),
        open=("/desk/tables/people/", "/desk/tables/shifts/"),
    ),
    "desk:table-template": Probe(
        open=("/desk/tables/units/template.xlsx", "/desk/tables/shifts/template.xlsx")
    ),
    "desk:programs": _page("/desk/programs/"),
    "desk:program-new": _page("/desk/programs/new/"),
    "desk:program": Probe(closed=("/desk/programs/0/",)),
    "desk:program-edit": Probe(closed=("/desk/programs/0/edit/",)),
    "desk:shifts": Probe(
        own=("/desk/shifts/",),
        closed=("/desk/shifts/?post=handler~{unit}~",),
        open=("/desk/shifts/",),
    ),
    "desk:shift-new": Probe(closed=("/desk/shifts/new/?post=handler~{unit}~",)),
    "desk:shift-cancel": Probe(closed=("POST /desk/shifts/0/cancel/ x=1",)),
    "desk:hand-over": Probe(closed=("/desk/shifts/0/hand-over/",)),
    "desk:take-over": Probe(closed=("POST /desk/handovers/0/take-over/ x=1",)),
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
    "desk:approvals:cards": _page("/desk/approvals/cards/"),
    "desk:approvals:cards-export": _export("/desk/approvals/cards/export/"),
    "desk:approvals:items": _page("/desk/approvals/new/"),
    "desk:approvals:apply": Probe(
        closed=("POST /desk/approvals/new/nothing/ division=420606007",),
    ),
    "desk:approvals:notice": Probe(closed=("/desk/approvals/cases/{number}/papers/1.pdf",)),
    "desk:approvals:file": Probe(closed=("/desk/approvals/cases/{number}/files/{paper}",)),
    "api-v1:get_items": _page("/api/v1/approvals/items?q=许可"),
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
    # --- The API
    "api-docs": _page("/api/docs"),
    "api-v1:openapi-json": _page("/api/v1/openapi.json"),
    "api-v1:deadline": _page("/api/v1/deadline?start=2026-03-02T09:00&limit=4小时"),
    "api-v1:post_report": Probe(
        closed=('POST /api/v1/reports {{"type": "{type}", "photos": ["{paper}"]}}',)
    ),
    "api-v1:get_progress": Probe(own=("/api/v1/reports/{code}",), closed=("/api/v1/reports/{id}",)),
    "api-v1:post_photo": Probe(),
    "api-v1:get_types": _page("/api/v1/types?q=垃圾"),
    "api-v1:get_cases": Probe(
        own=("/api/v1/cases", "/api/v1/cases?state=assigned"),
        open=(
            *("/api/v1/cases", "/api/v1/cases?state={state}", "/api/v1/cases?type={type}"),
            "/api/v1/cases?after={after}",
        ),
    ),
    "api-v1:get_case": Probe(own=(_API,), closed=(_API,)),
    "api-v1:post_move": Probe(
        closed=tuple(f'POST {_API}/moves/{move} {{{{"facts": {{{{}}}}}}}}' for move in _MOVES)
    ),
    # The exchange takes tokens of partners only, which nobody in the matrix has.
    "api-v1:post_token": Probe(
        closed=("POST /api/v1/oauth/token grant_type=client_credentials&client_id={id}",)
    ),
    "api-v1:send_case": Probe(closed=('POST /api/v1/exchange/cases {{"number": "{number}"}}',)),
    "api-v1:get_sent_case": Probe(closed=("/api/v1/exchange/sent/{number}",)),
    "api-v1:get_exchanged_case": Probe(closed=("/api/v1/exchange/cases/{number}",)),
    "api-v1:get_exchanged_photo": Probe(closed=("/api/v1/exchange/cases/{number}/photos/{paper}",)),
    "api-v1:post_exchange_photo": Probe(closed=("POST /api/v1/exchange/photos x=1",)),
    "api-v1:post_status": Probe(
        closed=(
            "POST /api/v1/exchange/cases/{number}/messages "
            '{{"id": "a", "sequence": 1, "kind": "receipt"}}',
        )
    ),
    **{
        f"api-v1:{name}": Probe(
            closed=(f'POST /api/v1/devices/{{number}}/{kind} {{{{"id": "probe", {more}}}}}',)
        )
        for name, kind, more in (
            ("post_readings", "readings", '"values": {{"gas": 1}}'),
            ("post_detection", "detections", '"confidence": 1'),
            ("post_device_status", "status", '"battery": 50'),
        )
    },
    "api-v1:post_calls": Probe(open=('POST /api/v1/hotline/calls {{{{"calls": []}}}}',)),
    "api-v1:get_referrals": Probe(own=("/api/v1/hotline/referrals",)),
    "api-v1:post_exclusion": Probe(
        open=('POST /api/v1/hotline/exclusions {{"referral": "petition", "description": "x"}}',)
    ),
    "api-v1:post_repeat": Probe(
        closed=('POST /api/v1/hotline/repeats {{"earlier": "{number}", "external_id": "probe"}}',)
    ),
    "api-v1:post_follow_up": Probe(
        closed=('POST /api/v1/hotline/follow-ups {{"earlier": "{number}", "description": "x"}}',)
    ),
    "api-v1:post_caller": Probe(open=('POST /api/v1/hotline/callers {{"phone": "{phone}"}}',)),
    "api-v1:get_call_backs": Probe(
        own=("/api/v1/hotline/call-backs",), open=("/api/v1/hotline/call-backs",)
    ),
    "api-v1:post_call_back": Probe(
        closed=('POST /api/v1/hotline/call-backs/{task}/tries {{"result": "missed"}}',)
    ),
    "api-v1:api-root": Probe(open=("/api/v1/",)),
    "api-nothing": Probe(open=("/api/nothing", "/api/v1/reports/{code}/x")),
    # --- Open311
    "open311:discovery": _page("/open311/discovery.json"),
    "open311:services": _page("/open311/services.xml"),
    "open311:service": _page("/open311/services/event-01-10.json"),
    "open311:requests": Probe(
        own=("/open311/requests.json?page_size=50",),
        public=(
            "/open311/requests.json?extensions=true",
            "/open311/requests.xml?service_request_id={number}&extensions=true",
        ),
    ),
    "open311:request": Probe(
        own=("/open311/requests/{number}.json",),
        public=("/open311/requests/{number}.xml?extensions=true",),
    ),
    "open311:token": Probe(
        own=("/open311/tokens/{code}.json",), closed=("/open311/tokens/{number}.json",)
    ),
    "open311:updates": Probe(
        own=("/open311/servicerequestupdates.xml?page_size=50",),
        closed=("POST /open311/servicerequestupdates.xml service_request_id={number}",),
        public=("/open311/servicerequestupdates.json",),
    ),
    "open311:nothing": Probe(open=("/open311/requests/{number}",)),
    # --- The portal
    "portal:home": _page("/"),
    "portal:help": _page("/help/"),
    "portal:verify": Probe(own=("/verify/",), open=("/verify/", "POST /verify/ code={code}")),
    "portal:accessibility": _page("/accessibility/"),
    # One's own at the portal. The simulated real-name check is the demo's only.
    "portal:mine": _page("/account/"),
    "portal:sign-in": _page("/account/sign-in/"),
    "portal:simulated": Probe(
        closed=(
            "/account/simulated/",
            "POST /account/simulated/ name={party_name}&identifier={party_number}",
        )
    ),
    "portal:demo": Probe(closed=("POST /account/demo/ account={id}",)),
    "portal:sign-out": Probe(),
    "portal:acting": Probe(
        own=("/account/acting/",),
        closed=("POST /account/acting/ mandate={mandate}",),
        open=("/account/acting/",),
    ),
    "portal:correct": Probe(
        own=("/account/fields/household_address/",), open=("/account/fields/household_address/",)
    ),
    "portal:mandate-new": _page("/account/mandates/new/"),
    "portal:mandate-end": Probe(
        own=("/account/mandates/{mandate}/end/",),
        closed=(
            "/account/mandates/{mandate}/end/",
            "POST /account/mandates/{mandate}/end/ reason=x",
        ),
    ),
    "events:report": Probe(open=("/report/",)),
    "events:expired": Probe(open=("/report/expired",)),
    **{
        f"events:{step}": _draft(step)
        for step in (
            *("where", "area", "place", "what", "type", "standard", "photos"),
            *("contact", "check"),
        )
    },
    "events:done": Probe(own=("/report/{sent}/done",), open=("/report/{draft}/done",)),
    # What is open near by is told to any reporter, without text, contact or number.
    "events:similar": Probe(open=_draft("similar").open),
    "events:known": _draft("known"),
    "events:draft-photo": Probe(closed=("/report/{draft}/photos/{paper}",)),
    "events:track": Probe(own=("/track/",), open=("/track/", "POST /track/ code={number}")),
    "events:progress": Probe(own=(_TRACK,), open=(_TRACK,)),
    "events:receipt": Probe(
        own=(f"{_TRACK}receipt.pdf",),
        closed=(f"{_TRACK}receipt.pdf",),
    ),
    "events:result": Probe(closed=(f"{_TRACK}result.pdf",)),
    "events:evaluate": Probe(
        open=(f"{_TRACK}evaluate", f"POST {_TRACK}evaluate score=1&solved=yes")
    ),
    "events:thanks": Probe(own=(f"{_TRACK}thanks",), open=(f"{_TRACK}thanks",)),
    "events:photo": Probe(
        open=(f"{_TRACK}photos/{{paper}}", "/track/{own_number}/photos/{paper}"),
    ),
    "events:own-move": Probe(
        own=(f"{_TRACK}withdraw",),
        open=tuple(
            text
            for move in ("withdraw", "reopen")
            for text in (f"{_TRACK}{move}", f"POST {_TRACK}{move} note=x")
        ),
    ),
    "events:supplement": Probe(
        open=(f"{_TRACK}supplement", f"POST {_TRACK}supplement note=x"),
    ),
    "events:areas": _page("/areas.json"),
    # --- Integrated services: for everybody
    "themes:find": _page("/themes/?q=餐饮"),
    "themes:guide": _page("/themes/open_restaurant/"),
    "themes:start": Probe(open=("POST /themes/open_restaurant/start",)),
    "themes:expired": Probe(open=("/apply/expired",)),
    **{
        f"themes:{name}": Probe(
            own=(f"/apply/{{theme_draft}}/{name}",) if name in _SHOWN else (),
            open=(f"/apply/{{application}}/{name}", f"POST /apply/{{application}}/{name} act=as"),
        )
        for name in (
            *("ask", "where", "needs", "who", "form", "differs", "papers", "saved", "check"),
            "done",
        )
    },
    "themes:file": Probe(open=("/apply/{application}/files/{paper}",)),
    "themes:enter": _page("/matters/"),
    "themes:progress": Probe(open=("/matters/{matter}/",)),
    **{
        f"themes:{name}": Probe(
            open=(f"/matters/{{matter}}/{name}", f"POST /matters/{{matter}}/{name} note=x")
        )
        for name in ("correct", "supply", "withdraw", "stuck", "rate")
    },
    "themes:matter-file": Probe(open=("/matters/{matter}/files/{paper}",)),
    # --- Integrated services at the desk
    "desk:life_events:counter": _page("/desk/life-events/counter/?q=餐饮"),
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
    "desk:life_events:file": Probe(closed=("/desk/life-events/cases/{matter}/files/{paper}",)),
    "desk:life_events:themes": _page("/desk/life-events/themes/"),
    "desk:life_events:theme": _page("/desk/life-events/themes/open_restaurant/"),
    "desk:life_events:measures": _page("/desk/life-events/measures/"),
    "desk:life_events:measures-export": _export("/desk/life-events/measures/export/"),
    "desk:life_events:notices": _page("/desk/life-events/notices/"),
    "desk:life_events:notice-object": Probe(
        closed=("POST /desk/life-events/notices/0/object/ objection=x",)
    ),
    "desk:life_events:studio": _page("/desk/life-events/studio/"),
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

from tests.probes_certificates import CERTIFICATES  # noqa: E402 - it names the same Probe
from tests.probes_construction import CONSTRUCTION  # noqa: E402 - it names the same Probe
from tests.probes_licences import LICENCES  # noqa: E402 - it names the same Probe
from tests.probes_pledge_api import PLEDGE_API  # noqa: E402 - it names the same Probe

PROBES |= CERTIFICATES | CONSTRUCTION | LICENCES | PLEDGE_API
