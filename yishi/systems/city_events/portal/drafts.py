"""A report that is being filled in: kept in the session, encrypted, one page after the other.

Every page posts to the server and is redirected (so "back" and "reload" never send twice), and it
works in several windows at once, because the draft's id stands in the address. The ``external_id``
is made once for the whole flow: sending a report twice is answered twice with the same case. It is
not the id in the address, so that nobody can prepare an address whose tracking code he knows.
What was typed may hold a name and a telephone number, and sessions lie in the database: therefore
the draft is encrypted, and emptied when it was sent.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from yishi.foundation.parties.crypto import TokenError, decrypt, encrypt

KEY = "reports"
MOST = 5


@dataclass(slots=True)
class Draft:
    """``data`` holds the answers so far (JSON values, see ``steps``); ``receipt`` the outcome."""

    id: uuid.UUID
    external_id: str
    data: dict[str, Any] = field(default_factory=dict)
    receipt: dict[str, Any] | None = None

    @property
    def photos(self) -> list[dict[str, str]]:
        """Uploaded photos: ``id`` and ``name`` of each."""
        found: list[dict[str, str]] = self.data.get("photos", [])
        return found

    @property
    def owner(self) -> str:
        """Who uploaded this draft's photos, as attachments note it."""
        return f"portal:{uuid.uuid5(uuid.NAMESPACE_URL, self.external_id)}"


def load(request: HttpRequest, draft_id: uuid.UUID) -> Draft | None:
    """The draft of this session with that id, or ``None``."""
    token = request.session.get(KEY, {}).get(str(draft_id))
    if not isinstance(token, str):
        return None
    try:
        content = json.loads(decrypt(token, f"portal.report:{draft_id}"))
    except (TokenError, ValueError):
        return None
    return Draft(draft_id, content["external_id"], content["data"], content["receipt"])


def begin(draft_id: uuid.UUID) -> Draft:
    """An empty draft; it exists once it is saved."""
    return Draft(draft_id, uuid.uuid4().hex)


def save(request: HttpRequest, draft: Draft) -> None:
    """Keep the draft; the oldest of more than five is forgotten."""
    content = {"external_id": draft.external_id, "data": draft.data, "receipt": draft.receipt}
    token = encrypt(json.dumps(content), f"portal.report:{draft.id}")
    kept = {
        key: value for key, value in request.session.get(KEY, {}).items() if key != str(draft.id)
    }
    while len(kept) >= MOST:
        kept.pop(next(iter(kept)))
    kept[str(draft.id)] = token
    request.session[KEY] = kept
