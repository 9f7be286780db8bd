"""What is asked of the addresses for programs and at the portal."""

from __future__ import annotations

from tests.probe import Probe, draft, page

_TRACK = "/track/{number}/"
_API = "/api/v1/cases/{number}"
#: Every role's moves; the doors to all moves are the same two.
_MOVES = (
    *("file", "amend", "report_check", "withdraw", "dispatch", "sign", "finish"),
    *("report_verification", "close", "reopen"),
)


PUBLIC: dict[str, Probe] = {
    # --- The API
    "api-docs": page("/api/docs"),
    "api-v1:openapi-json": page("/api/v1/openapi.json"),
    "api-v1:deadline": page("/api/v1/deadline?start=2026-03-02T09:00&limit=4小时"),
    "api-v1:post_report": Probe(
        closed=('POST /api/v1/reports {{"type": "{type}", "photos": ["{paper}"]}}',)
    ),
    "api-v1:get_progress": Probe(own=("/api/v1/reports/{code}",), closed=("/api/v1/reports/{id}",)),
    "api-v1:post_photo": Probe(),
    "api-v1:get_types": page("/api/v1/types?q=垃圾"),
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
    "open311:discovery": page("/open311/discovery.json"),
    "open311:services": page("/open311/services.xml"),
    "open311:service": page("/open311/services/event-01-10.json"),
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
    "portal:home": page("/"),
    "portal:help": page("/help/"),
    "portal:verify": Probe(own=("/verify/",), open=("/verify/", "POST /verify/ code={code}")),
    "portal:accessibility": page("/accessibility/"),
    # One's own at the portal. The simulated real-name check is the demo's only.
    "portal:mine": page("/account/"),
    "portal:sign-in": page("/account/sign-in/"),
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
    "portal:mandate-new": page("/account/mandates/new/"),
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
        f"events:{step}": draft(step)
        for step in (
            *("where", "area", "place", "what", "type", "standard", "photos"),
            *("contact", "check"),
        )
    },
    "events:done": Probe(own=("/report/{sent}/done",), open=("/report/{draft}/done",)),
    # What is open near by is told to any reporter, without text, contact or number.
    "events:similar": Probe(open=draft("similar").open),
    "events:known": draft("known"),
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
    "events:areas": page("/areas.json"),
}
