"""Names: one form to compare them in, and what is stored of them."""

from __future__ import annotations

import re
import unicodedata
import uuid

from yishi.foundation.parties.crypto import decrypt, encrypt, search_hash, search_hashes
from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import PERSON, Alias, Party
from yishi.foundation.revisions.errors import FieldError

_DOTS = re.compile(r"\s*[·•‧・･∙⋅．。.]\s*")
_ODD = re.compile(r"[0-9@#$%^*=+<>?！？!|\\/_\n\t]")
LONGEST_PERSON, LONGEST_OTHER = 60, 200


def clean_name(field: str, value: object, kind: str) -> str:
    """A name as it is stored: people's with ``·`` between parts, companies' with full brackets.

    Raises `FieldError` on *field*.
    """
    if kind == PERSON:
        text = clean_text(field, value, longest=LONGEST_PERSON, required=True)
        text = " ".join(unicodedata.normalize("NFKC", text).split())
        if not text.isascii():
            text = _DOTS.sub("·", text)
        if _ODD.search(text):
            raise FieldError(field, "姓名中有不应出现的字符", "alphabet")
        if len(text) < 2:
            raise FieldError(field, "请填写完整姓名", "length")
        return text
    text = " ".join(clean_text(field, value, longest=LONGEST_OTHER, required=True).split())
    text = text.replace("(", "（").replace(")", "）")
    if len(text) < 2:
        raise FieldError(field, "请填写完整名称", "length")
    return text


def compared(name: str) -> str:
    """The form in which two writings of one name are the same."""
    text = unicodedata.normalize("NFKC", name).lower()
    return "".join(_DOTS.sub("·", text).split())


def name_hash(name: str) -> str:
    """The keyed hash under which a name is found."""
    return search_hash("party_name", compared(name))


def name_hashes(name: str) -> list[str]:
    """All hashes under which a name may be stored: two while the lookup key changes."""
    return search_hashes("party_name", compared(name))


def same_name(one: str, other: str) -> bool:
    """Whether two writings are the same name."""
    return compared(one) == compared(other)


def context(row: str, field: str, row_id: uuid.UUID) -> str:
    """What a sealed value is bound to: kind of row, field and row."""
    return f"{row}.{field}:{row_id}"


def sealed_name(kind: str, row: str, name: str, row_id: uuid.UUID) -> dict[str, str]:
    """The name columns of a party or alias."""
    if kind == PERSON:
        sealed = encrypt(name, context(row, "name", row_id))
        return {"name": "", "name_enc": sealed, "name_hash": name_hash(name)}
    return {"name": name, "name_enc": "", "name_hash": name_hash(name)}


def open_name(party: Party) -> str:
    """The name in plain: for writers and comparison only; pages use :func:`shown_name` or the
    logged :func:`~yishi.foundation.parties.services.reveal`."""
    return party.name or decrypt(party.name_enc, context("party", "name", party.id))


def open_alias(alias: Alias) -> str:
    """Another name in plain, see :func:`open_name`."""
    return alias.name or decrypt(alias.name_enc, context("alias", "name", alias.id))


def shown_name(party: Party) -> str:
    """The name as whoever may see the party may see it: of people the first character."""
    if party.name:
        return party.name
    return mask_name(open_name(party)) if party.name_enc else "（已删除）"
