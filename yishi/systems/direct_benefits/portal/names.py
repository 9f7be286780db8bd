"""Whose money it was, as the public may read it: the self-employed and people are masked."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.parties.party_models import ORGANISATION


def public_name(party: Party) -> str:
    """The name of an organisation; of a self-employed business or a person its first character."""
    if party.kind == ORGANISATION:
        return party.name
    return mask_name(party.name) if party.name else shown_name(party)


def public_code(party: Party, code: str) -> str:
    """The code of an organisation; of a self-employed business only its ends."""
    if not code:
        return "—"
    return code if party.kind == ORGANISATION else f"{code[:2]}{'*' * 12}{code[-4:]}"


def codes_of(parties: Iterable[UUID]) -> dict[UUID, str]:
    """The social credit codes of parties (1 statement)."""
    rows = Identifier.objects.filter(party_id__in=list(parties), kind="uscc", ended_on=None)
    return dict(rows.values_list("party_id", "value"))
