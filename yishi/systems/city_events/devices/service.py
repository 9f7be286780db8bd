"""Taking in a device's message: once, in one transaction, by the same path for both doors.

What a message reports goes through `intake.report`, like every report: this decides only whether
there is something to report, from dated thresholds or from what a camera recognised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.devices import payloads, store
from yishi.systems.city_events.devices.filing import Seen, opening_for, raw_report
from yishi.systems.city_events.devices.machine import State, step
from yishi.systems.city_events.devices.models import Device
from yishi.systems.city_events.devices.payloads import Sample, Sensed, Sighting
from yishi.systems.city_events.devices.register import Devices, active, devices, limits_of, reaches
from yishi.systems.city_events.intake import IntakeConflict, report
from yishi.systems.city_events.notices import CITY_TIME


class UnknownDevice(LookupError):
    """No device of that name stands where the sender may report."""


@dataclass(slots=True)
class Answer:
    """What the sender is told: the message is stored, and what became of it."""

    id: str
    cases: list[dict[str, Any]] = field(default_factory=list)
    replayed: bool = False


@dataclass(slots=True)
class _Work:
    """A message on its way."""

    device: Device
    sensed: Sensed
    actor: Actor
    now: datetime
    cases: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[str, datetime] = field(default_factory=dict)
    #: Alarms that began and ended within the message, by metric.
    begun: dict[str, dict[str, Any]] = field(default_factory=dict)


def device_actor(ref: str) -> Actor:
    """Who acts for a device whose messages come from the broker, which knows who may send them."""
    return Actor("client", f"device:{ref}", ref)


def take(
    actor: Actor, ref: str, kind: str, raw: Any, now: datetime, *, trusted: bool = False
) -> Answer:
    """Take in a message of *kind* (``readings``, ``detections``, ``status``) of the device *ref*.

    When this returns it is stored with all that follows from it. The same id again gives the same
    answer. *trusted*: somebody else has checked that the sender is the device.

    Raises:
        UnknownDevice: when there is none, or it stands outside the actor's scopes.
        FieldError: for wrong input; nothing is stored.
        IntakeConflict: for a known id with another content.
    """
    key, digest = payloads.key_of(raw), payloads.body_hash(raw)
    with transaction.atomic():
        known = store.look(ref[:64].replace("\x00", ""), key)
        register = devices(known.numbers)
        device = register.by_ref.get(ref)
        if device is None or not (trusted or reaches(actor, device)):
            raise UnknownDevice(ref)
        if known.earlier is not None:
            return _replayed(known.earlier, key, digest)
        if not active(device, now.astimezone(CITY_TIME).date()):
            raise FieldError("device", "设备未启用或已停用", "inactive")
        sensed = payloads.read(kind, raw, device, register.metrics, now)
        work = _Work(device, sensed, actor, now)
        states = _judge(work, sensed.samples, known.states, register)
        if sensed.sighting is not None:
            _sighted(work, sensed.sighting)
        store.store_alarms(device.pk, work.ended, work.alarms)
        samples = [(m, s.at, value) for s in sensed.samples for m, value in s.values.items()]
        store.store(
            device.pk,
            key,
            digest,
            {"id": key, "cases": work.cases},
            now,
            sensed.battery,
            states,
            samples,
        )
    return Answer(key, work.cases)


def _replayed(earlier: tuple[bytes, dict[str, Any]], key: str, digest: bytes) -> Answer:
    if earlier[0] != digest:
        raise IntakeConflict(key)
    return Answer(key, earlier[1]["cases"], replayed=True)


def _judge(
    work: _Work, samples: tuple[Sample, ...], known: Mapping[str, State], register: Devices
) -> dict[str, State]:
    """Every reading against its threshold, in the order of their times; the states that changed."""
    gap = timedelta(minutes=work.device.silent_minutes)
    states: dict[str, State] = {}
    for sample in samples:
        day = sample.at.astimezone(CITY_TIME).date()
        for metric, value in sorted(sample.values.items()):
            state = states.get(metric) or known.get(metric)
            threshold = register.threshold(work.device, metric, day)
            if threshold is None:
                if state is None or sample.at > state.at:
                    states[metric] = State(sample.at, value)
                continue
            states[metric], turn = step(state, sample.at, value, limits_of(threshold), gap)
            if turn == "raised":
                seen = Seen(
                    key=f"{work.sensed.key}/{metric}@{sample.at.timestamp():.3f}",
                    at=sample.at,
                    type_key=threshold.type_key,
                    standard=threshold.standard,
                    confidence=threshold.confidence,
                    metric=metric,
                    value=value,
                    threshold=threshold.pk,
                )
                work.begun[metric] = _reported(work, seen)
            elif turn == "cleared":
                _over(work, metric, sample.at)
    return states


def _over(work: _Work, metric: str, at: datetime) -> None:
    """The value is back: the alarm of this message ends, or the one stored earlier."""
    begun = work.begun.pop(metric, None)
    if begun is not None:
        begun["ended"] = at
    else:
        work.ended[metric] = at


def _sighted(work: _Work, sighting: Sighting) -> None:
    """Report what a camera recognised, with its picture."""
    photo = sighting.photo
    if sighting.image:
        upload = SimpleUploadedFile("detection", sighting.image, "application/octet-stream")
        photo = str(
            save_upload(
                upload,
                actor_ref=work.actor.ref,
                now=work.now,
                field="image",
                photos_only=True,
            ).id
        )
    seen = Seen(
        key=work.sensed.key,
        at=sighting.at,
        type_key=sighting.type_key,
        standard=sighting.standard,
        confidence=sighting.confidence,
        value=sighting.confidence,
        picture=sighting.picture,
        photo=photo,
    )
    _reported(work, seen)


def _reported(work: _Work, seen: Seen) -> dict[str, Any]:
    """Report what was seen; the row of its alarm."""
    device = work.device
    opening = opening_for(device, seen)
    try:
        receipt = report(work.actor, raw_report(device, seen), device.channel, work.now, opening)
    except FieldError as error:
        name = "photo" if error.field.startswith("photos") else error.field
        raise FieldError(name, error.message, error.code) from error
    work.cases.append(
        {
            "number": receipt.number,
            "state": receipt.state,
            "merged": receipt.merged,
            "type": seen.type_key,
            "metric": seen.metric,
        }
    )
    row = {
        "number": receipt.number,
        "metric": seen.metric,
        "threshold": seen.threshold,
        "type_key": seen.type_key,
        "value": seen.value,
        "picture": seen.picture,
        "merged": receipt.merged,
        "at": seen.at,
        "taken": work.now,
        "ended": None,
    }
    work.alarms.append(row)
    return row
