"""Sums, names and periods as papers, messages and public pages write them."""

from __future__ import annotations

from yishi.foundation.parties.models import Party
from yishi.foundation.parties.party_models import ORGANISATION


def yuan(fen: int) -> str:
    """A sum in yuan with two places and commas."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def public_name(party: Party) -> str:
    """The name for everybody: of the self-employed, whose trade name may be a person's, only its
    beginning and end."""
    if party.kind == ORGANISATION:
        return party.name
    return (
        f"{party.name[:2]}***{party.name[-2:]}" if len(party.name) > 5 else f"{party.name[:1]}***"
    )


def public_code(party: Party, code: str) -> str:
    """The credit code for everybody: of the self-employed only its beginning and end."""
    return code if party.kind == ORGANISATION or not code else f"{code[:4]}**********{code[-4:]}"
