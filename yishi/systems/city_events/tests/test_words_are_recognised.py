"""自动识别: a report in words is recognised, filed when sure, shown to a person when not."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from yishi.foundation.recognition.evaluation import figures
from yishi.foundation.recognition.model import load
from yishi.foundation.rulebook.models import Decision
from yishi.systems.city_events import moves
from yishi.systems.city_events.catalogue import load_catalogue
from yishi.systems.city_events.context import city
from yishi.systems.city_events.models import Correction, RecogniserVersion
from yishi.systems.city_events.recognition import training
from yishi.systems.city_events.recognition.recogniser import NONE, stored_model
from yishi.systems.city_events.tests.conftest import Town

FOLDER = Path(settings.BASE_DIR) / "cities" / "xiangyang"
HELD_OUT = Path(settings.BASE_DIR) / "benchmarks" / "recognition" / "held_out.csv"
CLEAR = "生活垃圾堆在路边没人清运"
OTHER = "component/01/37"
UNCLEAR = "你们来看一下吧，这边不太对劲"


def text_confidence() -> float:
    """The parameter of the city's rule."""
    rules = yaml.safe_load((FOLDER / "rules" / "city_events.yaml").read_text(encoding="utf-8"))
    return float(rules["parameters"]["text_confidence"]["values"][0]["value"])


def test_reports_written_apart_from_the_catalogue_are_recognised() -> None:
    with HELD_OUT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    model = load(FOLDER / "recognition")
    answers = model.answers([row["text"] for row in rows])
    found = figures(answers, [row["type"] for row in rows])
    assert found.rows >= 1_000
    assert found.top3 >= 0.85
    assert found.handled_at_95 >= 0.5
    # At the city's own parameter, which is fixed before anything is seen.
    least = text_confidence()
    own = [
        (answer.best.label == row["type"])
        for answer, row in zip(answers, rows, strict=True)
        if answer.best and answer.best.confidence >= least
    ]
    assert len(own) / len(rows) >= 0.5
    assert sum(own) / len(own) >= 0.95


def test_the_model_knows_every_type_of_the_catalogue() -> None:
    catalogue = load_catalogue(FOLDER / "events")
    assert set(load(FOLDER / "recognition").labels) == set(catalogue.by_key)


def test_held_out_reports_are_not_learnt_from() -> None:
    catalogue = load_catalogue(FOLDER / "events")
    learnt = {text for text, _ in training.of_catalogue(catalogue)}
    path = FOLDER / "recognition" / training.REPORTS
    learnt |= {text for text, _ in training.of_reports(catalogue, path)}
    with HELD_OUT.open(encoding="utf-8", newline="") as file:
        assert not learnt & {row["text"] for row in csv.DictReader(file)}


@pytest.mark.django_db
def test_a_sure_text_is_filed_and_dispatched_without_a_person(town: Town) -> None:
    receipt = town.report(type=None, description=CLEAR)
    state = town.state(receipt.number)
    assert state.state == "assigned"
    assert state.data["type_name"] == "暴露生活垃圾"
    said = state.data["recognition"]
    assert said["guesses"][0][0] == state.type_key
    assert stored_model(said["model"]).version == said["model"]
    filing = Decision.objects.filter(subject_id=str(state.id), rule_key="city_events.auto_file")
    assert filing.exists()


@pytest.mark.django_db
def test_an_unsure_text_waits_for_a_person_with_three_types_shown(town: Town) -> None:
    receipt = town.report(type=None, description=UNCLEAR)
    state = town.state(receipt.number)
    assert state.state == "reported"
    assert state.type_key == ""
    assert state.data["manual_reason"]
    said = state.data.get("recognition")
    assert said is None or len(said["guesses"]) == 3


@pytest.mark.django_db
def test_what_an_officer_decides_is_kept_for_the_next_model(town: Town) -> None:
    receipt = town.report(type=None, description=UNCLEAR)
    person = replace(town.officer("acceptor"), user_id=town.account("a", "acceptor", None).pk)
    moves.advance(person, receipt.number, "file", {"type": town.RUBBISH}, town.now)
    kept = Correction.objects.unscoped("test").get()
    assert (kept.type_key, kept.case.number) == (town.RUBBISH, receipt.number)
    _, catalogue = city().catalogue(town.now)
    assert (UNCLEAR, town.RUBBISH) in list(training.of_officers(catalogue))


@pytest.mark.django_db
def test_a_text_that_surely_means_another_type_waits(town: Town) -> None:
    receipt = town.report(type=OTHER, description=CLEAR)
    assert town.state(receipt.number).state == "reported"


@pytest.mark.django_db
def test_without_a_model_the_words_of_the_catalogue_suggest(town: Town) -> None:
    _, catalogue = city().catalogue(town.now)
    assert NONE.recognise(catalogue, CLEAR) is None
    found = NONE.suggest(catalogue, "路灯不亮")
    assert found and found[0].type.name == "路灯"
    RecogniserVersion.objects.all().delete()
    assert NONE.conflicts(catalogue, "路灯不亮", town.RUBBISH, 0.8)
