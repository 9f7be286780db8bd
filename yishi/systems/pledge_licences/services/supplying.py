"""Papers of a licence by pledge that were to come later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.context import city, locked
from yishi.systems.pledge_licences.services.checking import licence_of, planned

#: The step under which they hang on the case.
LATER = "later"


def supply(actor: Actor, number: str, material: str, file: Any, now: datetime) -> CaseState:
    """A paper that was to come later. Raises CaseNotFound, MoveRefused, FieldError."""
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        wanted = [one.material for one in licence_of(case, found).later]
        if material not in wanted:
            raise FieldError("material", "没有要求后补这份材料", "unknown")
        if material in case.data.get("supplied", ()):
            raise FieldError("material", "这份材料已经补交", "taken")
        saved = save_upload(file, actor_ref=actor.ref, now=now, field="file")
        facts = {"material": material, "place": wanted.index(material), "file": saved.pk.hex}
        change = planned(actor, case, "supply", facts, found, now)
        Attachment.objects.filter(pk=saved.pk).update(about_kind="case", about_id=str(case.id))
        step = f"{LATER}:{wanted.index(material)}"
        row = {"case_id": case.id, "attachment_id": saved.pk, "step": step, "at": now}
        commit([change], [(CasePaper, row)])
    return change.after
