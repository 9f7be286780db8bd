"""Who is screened: a file, or a name with a number, as what it can be compared by."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from yishi.foundation.credit.subjects import number_hashes
from yishi.foundation.parties import naming, registering
from yishi.foundation.parties.crypto import search_hash
from yishi.foundation.parties.identifier_codes import LEGAL_KIND_LABELS
from yishi.foundation.parties.identifiers import Checked, IdentifierKind, check_identifier
from yishi.foundation.parties.models import Alias, Identifier, Party
from yishi.foundation.parties.party_models import ACTIVE, PERSON
from yishi.foundation.revisions.errors import FieldError

APPLICANT, LEGAL_REPRESENTATIVE = "applicant", "legal_representative"


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody to ask about: a file (``party``), or name and number as stated.

    ``role``: whose standing in the matter (applicant, legal_representative, operator …).
    """

    role: str = APPLICANT
    party: uuid.UUID | None = None
    name: str = ""
    identifier: str = ""
    identifier_kind: str = IdentifierKind.USCC

    def __repr__(self) -> str:
        return f"Subject({self.role}, {self.party or '…'})"


@dataclass(frozen=True, slots=True)
class Asked:
    """A subject as sources compare it. ``numbers``: plain values by kind; ``hashes``: those under
    which each may be stored; ``names``: the present one first, then former ones. Its repr shows
    nothing personal."""

    role: str
    key: str
    party_id: uuid.UUID | None
    person: bool
    names: tuple[str, ...]
    numbers: dict[str, frozenset[str]] = field(default_factory=dict)
    hashes: dict[str, frozenset[str]] = field(default_factory=dict)
    active: bool = True
    #: Hashes of all its names; more than one for each while the lookup key changes.
    name_hashes: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Asked({self.role}, {self.key})"

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def every_hash(self) -> list[str]:
        return sorted({one for many in self.hashes.values() for one in many})


def resolve(subjects: Sequence[Subject], today: date) -> list[Asked]:
    """The subjects with every number and name that their files hold (at most 3 statements, and one
    for each that is stated by number).

    Raises:
        FieldError: ``subjects[i].identifier`` …; an invalid number is the caller's to correct.
    """
    stated = [_read(i, one, today) for i, one in enumerate(subjects)]
    wanted = {file for _, file in stated if file is not None}
    files = {one.pk: one for one in Party.objects.filter(pk__in=wanted)} if wanted else {}
    numbers, names = _of_files(wanted)
    found = []
    for (checked, file), subject in zip(stated, subjects, strict=True):
        if file is None:
            found.append(_without_file(subject, checked))
            continue
        party = files[file]
        known = [Checked(IdentifierKind(kind), value) for kind, value in numbers.get(file, [])]
        every = (naming.open_name(party), *names.get(file, ()))
        found.append(
            _asked(
                subject.role,
                f"party:{file}",
                file,
                party.kind == PERSON,
                every,
                known,
                party.state == ACTIVE,
            )
        )
    return found


def check_holder(field: str, legal_kind: str, holders: Sequence[str]) -> None:
    """Refuse whom an enterprise licence is not for (S3-A2). Raises `FieldError` on *field*."""
    if legal_kind not in holders:
        label = LEGAL_KIND_LABELS.get(legal_kind, legal_kind)
        raise FieldError(field, f"不是经营主体：该代码属于{label}", "not_market_entity")


def _read(i: int, subject: Subject, today: date) -> tuple[Checked | None, uuid.UUID | None]:
    """(the stated number, id of the file) of one subject."""
    if subject.party is not None:
        row = Party.objects.filter(pk=subject.party).values_list("file_id", flat=True).first()
        if row is None:
            raise FieldError(f"subjects[{i}].party", "没有这个主体", "unknown")
        return None, row
    if not subject.name.strip():
        raise FieldError(f"subjects[{i}].name", "请填写名称", "required")
    if not subject.identifier:
        return None, None
    where = f"subjects[{i}].identifier"
    checked = check_identifier(where, subject.identifier_kind, subject.identifier, today)
    party = registering.find(checked, subject.name)
    return checked, party.file_id if party else None


def _of_files(
    files: set[uuid.UUID],
) -> tuple[dict[uuid.UUID, list[tuple[str, str]]], dict[uuid.UUID, list[str]]]:
    """Numbers in force and further names of some files (2 statements)."""
    numbers: dict[uuid.UUID, list[tuple[str, str]]] = {}
    names: dict[uuid.UUID, list[str]] = {}
    if not files:
        return numbers, names
    rows = Identifier.objects.filter(party__file_id__in=files, ended_on__isnull=True)
    for row in rows.select_related("party"):
        value = registering.open_identifier(row)
        numbers.setdefault(row.party.file_id, []).append((row.kind, value))
    for alias in Alias.objects.filter(party__file_id__in=files).select_related("party"):
        names.setdefault(alias.party.file_id, []).append(naming.open_alias(alias))
    return numbers, names


def _without_file(subject: Subject, checked: Checked | None) -> Asked:
    kind = registering.kind_of(checked)[0] if checked else "organisation"
    name = naming.clean_name("name", subject.name, kind)
    key = stated_key(checked.kind if checked else "", checked.value if checked else "", name)
    known = [checked] if checked else []
    return _asked(subject.role, key, None, kind == PERSON, (name,), known, True)


def stated_key(kind: str, value: str, name: str) -> str:
    """The key of somebody without a file."""
    return "stated:" + search_hash("credit.subject", f"{kind}\0{value}\0{naming.compared(name)}")


def _asked(
    role: str,
    key: str,
    party_id: uuid.UUID | None,
    person: bool,
    names: tuple[str, ...],
    known: Sequence[Checked],
    active: bool,
) -> Asked:
    numbers: dict[str, set[str]] = {}
    for one in known:
        numbers.setdefault(one.kind, set()).add(one.value)
        if one.kind is IdentifierKind.USCC:
            # Courts and tax offices still name the 9-digit code that signs 9 to 17 are.
            numbers.setdefault(IdentifierKind.ORG_CODE, set()).add(one.value[8:17])
    hashes = {
        kind: frozenset(
            hashed
            for value in values
            for name in names
            for hashed in number_hashes(kind, value, name)
        )
        for kind, values in numbers.items()
    }
    plain = {kind: frozenset(values) for kind, values in numbers.items()}
    every = frozenset(one for name in names for one in naming.name_hashes(name))
    every_name = tuple(dict.fromkeys(names))
    return Asked(role, key, party_id, person, every_name, plain, hashes, active, every)
