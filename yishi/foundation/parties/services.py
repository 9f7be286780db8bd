"""What other packages use of parties, in one place.

Every look and search by number or name states its purpose and is logged. Who may see whom is
decided above (``yishi.foundation.cases.party_access``), for it follows from cases and roles.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from yishi.foundation.audit import access_log
from yishi.foundation.parties.fields import (
    FieldInput,
    Known,
    agent_fields,
    answer_ticket,
    correct_field,
    known_fields,
    record_field,
    tickets_of,
)
from yishi.foundation.parties.mandates import (
    MandateInput,
    acts_for,
    authority,
    covers,
    give,
    mandates_of,
    may_revoke,
    revoke,
)
from yishi.foundation.parties.materials import (
    MaterialInput,
    all_of,
    held,
    record_material,
    renew,
    set_status,
)
from yishi.foundation.parties.merging import end, merge, predecessors, succeed, undo
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.naming import open_alias, open_name, shown_name
from yishi.foundation.parties.registering import (
    Looker,
    PartyInput,
    add_identifier,
    by_identifier,
    by_name,
    end_identifier,
    files,
    find_or_create,
    open_identifier,
    rename,
    shown_identifier,
    stated,
)

__all__ = [
    "FieldInput",
    "Known",
    "MandateInput",
    "MaterialInput",
    "PartyInput",
    "Revealed",
    "acts_for",
    "add_identifier",
    "agent_fields",
    "all_of",
    "answer_ticket",
    "authority",
    "by_identifier",
    "by_name",
    "correct_field",
    "covers",
    "end",
    "end_identifier",
    "files",
    "find_or_create",
    "give",
    "held",
    "known_fields",
    "mandates_of",
    "may_revoke",
    "merge",
    "predecessors",
    "record_field",
    "record_material",
    "rename",
    "renew",
    "reveal",
    "revoke",
    "set_status",
    "shown_identifier",
    "shown_name",
    "succeed",
    "tickets_of",
    "undo",
]


@dataclass(frozen=True, slots=True)
class Revealed:
    """A party's names and numbers in plain. Its repr shows none of them."""

    party_id: uuid.UUID
    name: str
    numbers: tuple[tuple[str, str], ...]
    former: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Revealed({self.party_id})"


def reveal(party: Party, *, actor: Looker, purpose: object, now: datetime) -> Revealed:
    """Names and numbers of a file in plain; logged (3 statements).

    Whether *actor* may look is the caller's policy. Raises `FieldError` on ``purpose``.
    """
    why = stated(purpose)
    access_log.look(actor.ref, "party.reveal", f"party:{party.id}", why, now)
    rows = Identifier.objects.filter(party__file_id=party.file_id, ended_on__isnull=True)
    aliases = [
        open_alias(alias)
        for record in Party.objects.filter(file_id=party.file_id).prefetch_related("aliases")
        for alias in record.aliases.all()
    ]
    numbers = tuple((row.kind, open_identifier(row)) for row in rows.order_by("created_at"))
    return Revealed(party.id, open_name(party), numbers, tuple(aliases))
