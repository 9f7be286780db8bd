"""What is asked of the addresses of files of parties, accounts, rosters and one's own account."""

from __future__ import annotations

from tests.probe import Probe, export, page

PEOPLE: dict[str, Probe] = {
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
    "desk:data-tickets-export": export("/desk/data-tickets/export/"),
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
    "desk:prove": page("/desk/sign-in/again/"),
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
    "desk:me": page("/desk/me/"),
    "desk:password": page("/desk/me/password/"),
    "desk:generator": page("/desk/me/generator/"),
    "desk:generator-off": Probe(open=("POST /desk/me/generator/off/ x=1",)),
    "desk:recovery-codes": Probe(open=("/desk/me/recovery-codes/",)),
    "desk:passkey-remove": Probe(closed=("POST /desk/me/passkeys/0/remove/ x=1",)),
    "desk:deputy": page("/desk/me/deputy/"),
    "desk:deputy-end": Probe(closed=("POST /desk/deputies/0/end/ x=1",)),
    "desk:officers": page("/desk/accounts/"),
    "desk:officer-new": page("/desk/accounts/new/"),
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
    "desk:units": page("/desk/units/"),
    "desk:officers-export": export("/desk/accounts/export/"),
    "desk:units-export": export("/desk/units/export/", "", "?q=环境"),
    "desk:programs-export": export("/desk/programs/export/"),
    "desk:shifts-export": Probe(closed=("/desk/shifts/export/?post=handler~{unit}~",)),
    "desk:table": Probe(
        own=("/desk/tables/people/", "/desk/tables/shifts/"),
        open=("/desk/tables/people/", "/desk/tables/shifts/"),
    ),
    "desk:table-template": Probe(
        open=("/desk/tables/units/template.xlsx", "/desk/tables/shifts/template.xlsx")
    ),
    "desk:programs": page("/desk/programs/"),
    "desk:program-new": page("/desk/programs/new/"),
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
}
