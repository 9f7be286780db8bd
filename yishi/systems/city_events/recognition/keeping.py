"""Putting a model in force: from the city's folder, or from what was just learnt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from yishi.foundation.recognition.model import Model, load
from yishi.foundation.revisions import bump
from yishi.systems.city_events.models import RecogniserVersion

FOLDER = "recognition"
REVISION = "recognition"


def put_in_force(model: Model, now: datetime, actor_ref: str) -> bool:
    """Store *model* as the newest version; False if it is the one in force."""
    with transaction.atomic():
        newest = RecogniserVersion.objects.order_by("-id").first()
        if newest is not None and newest.version == model.version:
            return False
        told, weights = model.parts()
        RecogniserVersion.objects.create(
            version=model.version, told=told, weights=weights, loaded_at=now, loaded_by=actor_ref
        )
        bump(REVISION)
    return True


def load_city(folder: Path, now: datetime) -> bool:
    """Put the model of a city's folder in force, once: one that was learnt here since stays.

    Raises:
        yishi.foundation.recognition.model.ModelError: for files that are no model.
    """
    place = folder / FOLDER
    if not (place / "model.json").is_file():
        return False
    model = load(place)
    if RecogniserVersion.objects.filter(version=model.version).exists():
        return False
    return put_in_force(model, now, "system:seed")
