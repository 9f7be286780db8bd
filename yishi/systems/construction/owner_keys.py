"""The owner's query code (查询码): whoever has it acts for the project. Only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.systems.construction.models import OwnerKey

#: Crockford's base 32: no I, L, O, U. Twenty letters are 100 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})


def new_code() -> str:
    """A code in groups of five."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[at : at + 5] for at in range(0, LENGTH, 5))


def digest(code: str) -> bytes:
    """What a code is found by. Small letters, spaces and look-alikes are forgiven."""
    plain = "".join(filter(str.isalnum, code.upper())).translate(_ALIKE)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()


def key_row(case: int, code: str, now: datetime) -> tuple[type[OwnerKey], dict[str, object]]:
    """The row that a code is found by."""
    return OwnerKey, {"case_id": case, "digest": digest(code), "at": now}


def project_of(code: str) -> int | None:
    """The project that a code opens (1 statement)."""
    rows = OwnerKey.objects.unscoped("the code itself is the right to see").filter(
        digest=digest(code)
    )
    found: int | None = rows.values_list("case_id", flat=True).first()
    return found


def owner_of(project: int) -> Actor:
    """The owner as an actor: for the project and all its items (1 statement)."""
    members = Case.objects.unscoped("an owner's own items").filter(root_id=project)
    own = frozenset({project, *members.values_list("id", flat=True)})
    return Actor("reporter", f"project:{project}", "建设单位", own_cases=own)
