"""Applications before they are handed in: begun, answered, filled in page by page, kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from yishi.foundation.access.tracking import tracking_code, tracking_hash
from yishi.foundation.approvals.catalogue import book_of
from yishi.foundation.approvals.values import read_value
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.papers.models import Attachment
from yishi.foundation.parties.crypto import TokenError, decrypt, encrypt
from yishi.foundation.parties.fields import known_fields
from yishi.foundation.parties.file_models import HeldMaterial
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.materials import held
from yishi.foundation.parties.party_models import Party
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.form import FormField
from yishi.systems.life_events.catalogue.model import Theme
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import Made, made_of, wanted_now
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.versions import Registers, themes_of

PORTAL, COUNTER = "portal", "window"
#: Drafts that nobody went on with are erased after this time.
DRAFTS_KEPT = timedelta(days=30)
#: What attachments are about while they hang on a draft.
ABOUT = "theme_application"
CONFIRMED, CORRECTED, REFUSED = "confirmed", "corrected", "refused"


@dataclass(slots=True)
class Sealed:
    """The personal part of an application: values of the form, what was known before, and why a
    known value is wrong, in words and by an uploaded file (its id)."""

    values: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    proofs: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)


_SEALED = tuple(Sealed.__dataclass_fields__)


def begin(
    registers: Registers, theme: str, channel: str, now: datetime, *, clerk: str = ""
) -> Application:
    """A new draft for *theme*. Raises FieldError for a theme that is not in force."""
    try:
        version, themes = registers.themes(now)
        items, _ = registers.book(now)
    except LookupError as error:
        raise FieldError("theme", str(error), "missing") from error
    if theme not in themes.themes:
        raise FieldError("theme", "没有这件事", "unknown")
    new = time_uuid(now)
    return Application.objects.create(
        id=new,
        theme=theme,
        catalogue_id=version,
        items_id=items,
        channel=channel,
        clerk=clerk,
        tracking_hash=tracking_hash(code_of(new)),
        created_at=now,
        updated_at=now,
    )


def code_of(application: uuid.UUID) -> str:
    """The code under which somebody comes back to a draft or follows the case."""
    return tracking_code("life_events", str(application))


def by_code(code: str) -> Application | None:
    """The application of a code (1 statement)."""
    rows = Application.objects.unscoped("the code is the permission")
    found: Application | None = rows.filter(tracking_hash=tracking_hash(code)).first()
    return found


def theme_of(application: Application) -> Theme:
    """The theme in the version that the application was begun with."""
    return themes_of(application.catalogue_id).themes[application.theme]


def unseal(application: Application) -> Sealed:
    """The personal part, in plain: for the applicant, and for officers who handle the case."""
    if not application.sealed:
        return Sealed()
    try:
        content = json.loads(decrypt(application.sealed, f"life_events:{application.id}"))
    except (TokenError, ValueError):
        return Sealed()
    return Sealed(**{name: content[name] for name in _SEALED if name in content})


def seal(application: Application, content: Sealed) -> None:
    """Put the personal part back (the caller saves)."""
    text = json.dumps(asdict(content), ensure_ascii=False)
    application.sealed = encrypt(text, f"life_events:{application.id}")


def save(application: Application, now: datetime) -> None:
    """Keep the draft."""
    application.updated_at = now
    application.save()


# --- answers ---


def answer(application: Application, question: str, option: str, now: datetime) -> None:
    """Answer one guiding question; answers that the new one no longer leads to are dropped.

    Raises:
        FieldError: on the question's key.
    """
    theme = theme_of(application)
    asked = {one.key: one for one in routes.asked(theme, application.answers)}
    if question not in asked:
        raise FieldError(question[:48], "没有这个问题", "unknown")
    if option not in asked[question].options:
        raise FieldError(question, "请选择一项", "choice")
    answers = {**application.answers, question: asked[question].value(option)}
    application.answers = routes.settled(theme, answers)
    save(application, now)


def next_question(application: Application) -> str | None:
    """The first guiding question without an answer."""
    asked = routes.asked(theme_of(application), application.answers)
    last = asked[-1] if asked else None
    return last.key if last is not None and last.key not in application.answers else None


def place(application: Application, code: object, register: Register, now: datetime) -> None:
    """Say where the matter is to be settled. Raises FieldError on ``division``."""
    text = clean_text("division", code, 16)
    if not text:
        raise FieldError("division", "请选择办理地点", "required")
    try:
        register.place_of_division(text)
    except PlaceError as error:
        raise FieldError("division", error.message, "unknown") from error
    application.division = text
    save(application, now)


# --- who applies ---


@dataclass(frozen=True, slots=True)
class Owned:
    """What the party file has for an application: papers by material, values by field."""

    papers: tuple[HeldMaterial, ...] = ()

    @property
    def materials(self) -> frozenset[str]:
        """The applicant's own papers."""
        return frozenset(p.material_key for p in self.papers if p.holder_role == "applicant")

    def of(self, material: str, holder: str) -> HeldMaterial | None:
        """The newest paper of a material and holder."""
        for paper in self.papers:
            if (paper.material_key, paper.holder_role) == (material, holder):
                return paper
        return None


def owned(application: Application, now: datetime) -> Owned:
    """What the applicant has on file (2 statements, none without a party)."""
    if application.party_id is None:
        return Owned()
    party = Party.objects.select_related("file").get(pk=application.party_id)
    return Owned(tuple(held(party, day_of(now))))


def take_party(
    application: Application, party: Party, now: datetime, *, mandate: uuid.UUID | None = None
) -> None:
    """The applicant is known (signed in, or seen at the counter): what is known of him is put into
    the form, to be confirmed."""
    application.party, application.mandate = party, mandate
    prefill(application, now)
    save(application, now)


def prefill(application: Application, now: datetime) -> None:
    """Fill empty fields with what the party file knows; each says where it comes from."""
    if application.party is None:
        return
    content = unseal(application)
    sources = dict(application.sources)
    for key, known in known_fields(application.party, day_of(now)).items():
        if content.values.get(key) or not known.value:
            continue
        content.values[key] = content.known[key] = known.value
        sources[key] = {
            "from": known.source,
            "as_of": known.as_of.isoformat(),
            "stale": known.stale,
            "said": "",
        }
    application.sources = sources
    seal(application, content)


# --- the form ---


def made(application: Application, having: Owned) -> Made:
    """What the application comes to."""
    return made_of(
        theme_of(application),
        application.answers,
        book_of(application.items_id),
        having.materials,
        by_agent=application.mandate is not None,
    )


def fill(
    application: Application,
    what: Made,
    raw: Mapping[str, object],
    now: datetime,
    *,
    only: Iterable[str] = (),
    strict: bool = True,
) -> dict[str, str]:
    """Take the form's values: right ones are kept, wrong ones named by field.

    A value that differs from what was known is a correction and goes before it. *strict* names
    empty fields too; without, they may wait (a draft). *only*: the fields that may be changed.
    """
    content = unseal(application)
    sources = dict(application.sources)
    wrong: dict[str, str] = {}
    today, wanted = day_of(now), set(only)
    for one in what.form:
        if (wanted and one.key not in wanted) or one.key not in raw:
            continue
        try:
            value = read_value(one.key, one.spec, raw[one.key], today)
        except FieldError as error:
            wrong[one.key] = error.message
            continue
        content.values[one.key] = value
        if one.key in sources:
            said = CONFIRMED if value == content.known.get(one.key) else CORRECTED
            sources[one.key] = {**sources[one.key], "said": said if value else REFUSED}
    if strict:
        wrong |= {
            one.key: "请填写" + one.label
            for one in missing_fields(what, content.values)
            if one.key not in wrong and (not wanted or one.key in wanted)
        }
    application.sources = sources
    seal(application, content)
    save(application, now)
    return wrong


def unproven(application: Application, what: Made, content: Sealed) -> list[FormField]:
    """Known values that the applicant says are wrong, still without a reason."""
    return [
        one
        for one in what.form
        if application.sources.get(one.key, {}).get("said") == CORRECTED
        and not (content.proofs.get(one.key) or content.evidence.get(one.key))
    ]


def prove(
    application: Application, what: Made, raw: Mapping[str, object], now: datetime
) -> dict[str, str]:
    """Why known values are wrong, by field (``key.file``: the id of a stored upload); returns what
    is missing."""
    content = unseal(application)
    wrong: dict[str, str] = {}
    for one in unproven(application, what, content):
        file = raw.get(f"{one.key}.file")
        if file:
            content.evidence[one.key] = str(file)
        try:
            text = clean_text(one.key, raw.get(one.key), 500)
        except FieldError as error:
            wrong[one.key] = error.message
            continue
        if text:
            content.proofs[one.key] = text
        elif not file:
            wrong[one.key] = "请说明依据，例如哪份证件或文件写明了正确内容，或者上传证明材料"
    seal(application, content)
    save(application, now)
    return wrong


def missing_fields(what: Made, values: Mapping[str, str]) -> list[FormField]:
    """The fields that still have no value."""
    return [one for one in what.form if not values.get(one.key) and wanted_now(one, values)]


# --- the papers ---


def owner_of(application: Application) -> str:
    """Who uploads this application's files, as attachments note it."""
    return f"theme:{application.id}"


def forget_old_drafts(now: datetime) -> int:
    """Erase drafts that nobody went on with; returns how many."""
    rows = Application.objects.unscoped("old drafts are erased")
    old = rows.filter(case__isnull=True, updated_at__lt=now - DRAFTS_KEPT)
    ids = [str(pk) for pk in old.values_list("pk", flat=True)[:5_000]]
    with transaction.atomic():
        Attachment.objects.filter(about_kind=ABOUT, about_id__in=ids).update(about_kind="")
        gone, _ = rows.filter(pk__in=ids, case__isnull=True).delete()
    return int(gone)


def own_drafts(clerk: str) -> list[Application]:
    """What an officer of the window took down and did not hand in yet (1 statement)."""
    rows = Application.objects.unscoped("drafts that this officer took down")
    return list(rows.filter(clerk=clerk, case__isnull=True).order_by("-updated_at")[:20])
