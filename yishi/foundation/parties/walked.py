"""Tables with sealed values and search hashes, as the change of keys walks through them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from yishi.foundation.parties import crypto, naming, registering
from yishi.foundation.parties.contacts import context, email_hash, phone_hash
from yishi.foundation.parties.models import (
    Alias,
    Contact,
    HeldMaterial,
    Identifier,
    Party,
    PartyField,
)


@dataclass(frozen=True, slots=True)
class Walked:
    """A table by ids: its sealed columns with what each token is bound to, and its hashes made from
    the values in plain (``hashes`` gets the row, and the values by column)."""

    model: type[models.Model]
    sealed: Mapping[str, Callable[[Any], str]]
    hashes: Callable[[Any, Mapping[str, str]], Mapping[str, str]] = lambda row, plain: {}

    def count(self) -> Counter[str]:
        """Sealed values by key (reads the table in a stream, opens nothing)."""
        counts: Counter[str] = Counter()
        rows = self._rows().values_list(*self.sealed)
        for tokens in rows.iterator(chunk_size=5000):
            counts.update(crypto.key_id_of(token) for token in tokens if token)
        return counts

    def stale(self, current: str) -> bool:
        """Whether another key than *current* still seals something (1 statement)."""
        mark = f"{crypto.ALGORITHM}.{current}."
        condition = models.Q(pk__in=[])
        for column in self.sealed:
            condition |= ~models.Q(**{column: ""}) & ~models.Q(**{f"{column}__startswith": mark})
        return bool(self._rows().filter(condition).exists())

    def _rows(self) -> Any:
        """Every row; tables with a scope of their own are told why."""
        manager: Any = self.model._default_manager
        scoped = getattr(manager, "unscoped", None)
        return scoped("a change of keys concerns every row") if scoped else manager.all()

    def walk(
        self, current: str, batch: int, progress: Callable[[int], None] | None, before: int
    ) -> tuple[int, int]:
        """Seal and hash every row anew where need be, in transactions of *batch* rows; returns how
        many were changed, and how many of them in their hashes."""
        changed, rehashed, last = 0, 0, None
        while True:
            with transaction.atomic():
                rows = self._rows().select_for_update(of=("self",)).order_by("pk")
                found = list((rows.filter(pk__gt=last) if last else rows)[:batch])
                if not found:
                    return changed, rehashed
                stale, hashed = [], 0
                for row in found:
                    again, anew = self._renewed(row, current)
                    hashed += anew
                    if again or anew:
                        stale.append(row)
                if stale:
                    columns = [*self.sealed, *self._hash_columns(stale[0])]
                    self._rows().bulk_update(stale, columns)
            last = found[-1].pk
            changed += len(stale)
            rehashed += hashed
            if progress is not None:
                progress(before + changed)

    def _renewed(self, row: Any, current: str) -> tuple[bool, bool]:
        """Whether a row's tokens, and whether its hashes, were made anew."""
        sealed, lookup = False, crypto.key_ring().lookup_old is not None
        plain: dict[str, str] = {}
        for column, bound in self.sealed.items():
            token: str = getattr(row, column)
            outdated = bool(token) and crypto.key_id_of(token) != current
            if not outdated and not lookup:
                continue
            plain[column] = crypto.decrypt(token, bound(row))
            if outdated:
                setattr(row, column, crypto.encrypt(plain[column], bound(row)))
                sealed = True
        if not lookup:
            return sealed, False
        fresh = self.hashes(row, plain)
        hashed = any(getattr(row, column) != value for column, value in fresh.items())
        for column, value in fresh.items():
            setattr(row, column, value)
        return sealed, hashed

    def _hash_columns(self, row: Any) -> list[str]:
        if crypto.key_ring().lookup_old is None:
            return []
        return list(self.hashes(row, dict.fromkeys(self.sealed, "")))


def _contact(field: str) -> Callable[[Any], str]:
    return lambda row: context(field, row.id)


def _bound(row_name: str, field: str) -> Callable[[Any], str]:
    return lambda row: naming.context(row_name, field, row.id)


def _name_hashes(row: Any, plain: Mapping[str, str]) -> dict[str, str]:
    name = row.name or plain["name_enc"]
    return {"name_hash": naming.name_hash(name) if name else row.name_hash}


def _identifier_hashes(row: Any, plain: Mapping[str, str]) -> dict[str, str]:
    value = row.value or plain["value_enc"]
    fresh = registering.identifier_hash(row.kind, value, row.party_id) if value else row.value_hash
    return {"value_hash": fresh}


CONTACTS = Walked(
    Contact,
    {f"{field}_enc": _contact(field) for field in ("name", "phone", "email")},
    lambda row, plain: {
        "phone_hash": phone_hash(plain["phone_enc"]),
        "email_hash": email_hash(plain["email_enc"]),
    },
)
TABLES = [
    CONTACTS,
    Walked(Party, {"name_enc": _bound("party", "name")}, _name_hashes),
    Walked(Identifier, {"value_enc": _bound("identifier", "value")}, _identifier_hashes),
    Walked(Alias, {"name_enc": _bound("alias", "name")}, _name_hashes),
    Walked(HeldMaterial, {"number_enc": _bound("material", "number")}),
    Walked(PartyField, {"value_enc": _bound("field", "value")}),
]


def register_table(*tables: Walked) -> None:
    """Let tables of packages above take part in a change of keys, hashes included (``ready``)."""
    TABLES.extend(table for table in tables if table not in TABLES)
