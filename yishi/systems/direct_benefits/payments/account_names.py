"""Whether the name of an account is the party's: registered, former, another's.

Names are compared by their keyed hashes, so that ten thousand accounts cost four statements and no
decryption; only what differs is opened, for the lookup key may be changing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from yishi.foundation.parties import naming
from yishi.foundation.parties.crypto import decrypt
from yishi.foundation.parties.mandates import effective
from yishi.foundation.parties.models import Alias, Mandate, Party
from yishi.foundation.parties.party_models import INDIVIDUAL_BUSINESS
from yishi.systems.direct_benefits.payments.account_models import PayeeAccount


@dataclass(slots=True)
class Names:
    """The hashes of what a party is called; ``operators``: of a self-employed person's business the
    people who are registered as running it."""

    party: Party
    current: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)

    def match(self, hashes: Iterable[str]) -> str:
        """How a name (by all its hashes) stands to the party's."""
        given = set(hashes)
        for names, found in (
            (self.current, PayeeAccount.SAME),
            (self.others, PayeeAccount.ALIAS),
            (self.former, PayeeAccount.FORMER),
            (self.operators, PayeeAccount.OPERATOR),
        ):
            if given & names:
                return found
        return PayeeAccount.OTHER


def names_of(party_ids: Iterable[uuid.UUID], today: date) -> dict[uuid.UUID, Names]:
    """Names by the ids asked for, those of merged records with them (4 statements at most)."""
    asked = set(party_ids)
    rows = Party.objects.filter(pk__in=asked).select_related("file")
    file_of = {row.pk: row.file for row in rows}
    found = {file.pk: Names(file) for file in file_of.values()}
    records = Party.objects.filter(file_id__in=found)
    for pk, file_id, hashed in records.values_list("pk", "file_id", "name_hash"):
        names = found[file_id]
        (names.current if pk == file_id else names.others).add(hashed)
    aliases = Alias.objects.filter(party__file_id__in=found)
    for file_id, kind, hashed in aliases.values_list("party__file_id", "kind", "name_hash"):
        names = found[file_id]
        (names.former if kind == Alias.FORMER else names.others).add(hashed)
    _add_operators(found, today)
    return {pk: found[file.pk] for pk, file in file_of.items()}


def _add_operators(found: Mapping[uuid.UUID, Names], today: date) -> None:
    small = [pk for pk, names in found.items() if names.party.kind == INDIVIDUAL_BUSINESS]
    if not small:
        return
    rows = effective(today).filter(
        principal__file_id__in=small, kind__in=[Mandate.LEGAL, Mandate.OPERATOR]
    )
    for file_id, hashed in rows.values_list("principal__file_id", "agent__file__name_hash"):
        found[file_id].operators.add(hashed)


def match_of(account: PayeeAccount, names: Names) -> str:
    """How an account's name stands to its party's names today."""
    quick = names.match([account.name_hash])
    if quick != PayeeAccount.OTHER:
        return quick
    return names.match(naming.name_hashes(open_name(account)))


def open_name(account: PayeeAccount) -> str:
    """The holder's name in plain: for writers of payment files and comparison only."""
    return decrypt(account.name_enc, naming.context("payee", "name", account.id))


def open_number(account: PayeeAccount) -> str:
    """The number in plain: for writers of payment files only."""
    return decrypt(account.number_enc, naming.context("payee", "number", account.id))
