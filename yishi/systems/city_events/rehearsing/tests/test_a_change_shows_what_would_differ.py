"""A changed limit, flag, row, threshold or model shows which cases, to whom, and how late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from yishi.foundation.cases.models import Case, Trace
from yishi.foundation.recognition.learning import learn
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import Decision
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.rehearsing.commands import rehearse as command
from yishi.systems.city_events.rehearsing.tests.conftest import (
    RULES,
    Town,
    at,
    changed,
    rehearsed,
)

pytestmark = pytest.mark.django_db
ENVIRONMENT = "event-01-city-environment.yaml"


def limit_changed(files: dict[str, bytes], type_name: str, old: str, new: str) -> dict[str, bytes]:
    """The file of the main class with the first limit of a type replaced."""
    text = files[ENVIRONMENT].decode()
    begin = text.index(f"name: {type_name}\n")
    place = text.index(f"limit: {old}\n", begin)
    text = text[:place] + f"limit: {new}\n" + text[place + len(f"limit: {old}\n") :]
    return {ENVIRONMENT: text.encode()}


def test_a_shorter_limit_shows_the_deadline_and_who_would_have_been_late(
    town: Town, in_force: dict[str, bytes]
) -> None:
    quick, slow = town.report().number, town.report(lon=112.16, lat=32.06).number
    town.handled(quick)
    town.now = at("2026-03-10 11:30")
    town.handled(slow)
    before = list(Case.objects.unscoped("test").order_by("id").values())
    tally, found = rehearsed(limit_changed(in_force, "暴露生活垃圾", "4小时", "2小时"))
    assert tally.differ == {"deadline": 2}
    assert tally.deadlines == {"earlier": 2, "became_late": 1}
    first, second = found
    assert (first.before, first.after) == ("4小时", "2小时")
    assert first.due_before == at("2026-03-10 15:00")
    assert first.due_after == at("2026-03-10 11:00")
    assert (first.late_before, first.late_after, first.hours_over) == (False, False, 0.0)
    # It was confirmed at 11:45.
    assert (second.late_before, second.late_after, second.hours_over) == (False, True, 0.75)
    assert list(Case.objects.unscoped("test").order_by("id").values()) == before


def test_the_time_in_which_a_returned_case_waited_is_nobodys_lateness(
    town: Town, in_force: dict[str, bytes]
) -> None:
    number = town.report().number
    unit = town.state(number).unit_id
    town.move(number, "give_back", "2026-03-10 09:30", reason="duty", note="不属于本单位")
    other = town.officer_unit_other_than(unit)
    town.move(number, "dispatch", "2026-03-10 14:00", unit=other)
    _tally, found = rehearsed(limit_changed(in_force, "暴露生活垃圾", "4小时", "2小时"))
    first = next(one for one in found if one.due_before == at("2026-03-10 15:00"))
    assert (first.late_before, first.late_after) == (False, False)


def test_a_type_that_is_no_longer_automatic_waits_for_a_person(
    town: Town, in_force: dict[str, bytes]
) -> None:
    town.report()
    text = in_force[ENVIRONMENT].decode()
    begin = text.index("name: 暴露生活垃圾\n")
    place = text.index("auto: true", begin)
    files = {ENVIRONMENT: (text[:place] + "auto: false" + text[place + 10 :]).encode()}
    tally, (one,) = rehearsed(files)
    assert tally.filing == {"true>false": 1}
    assert "该类别允许自动立案" in one.why
    assert tally.apart["not_reached"] == 2  # its dispatch and its deadline


def test_a_higher_threshold_keeps_cameras_from_filing(
    town: Town, in_force: dict[str, bytes]
) -> None:
    for confidence in (0.86, 0.97):
        town.report(channel="camera", confidence=confidence, description=None)
    tally, (one,) = rehearsed(changed(in_force, RULES.name, "value: 0.85", "value: 0.91"))
    assert (one.kind, one.before, one.after) == ("filing", "true", "false")
    assert "0.86 < 0.91" in one.why
    assert tally.differ == {"filing": 1}


def test_a_new_row_shows_to_whom_cases_would_have_gone(
    town: Town, in_force: dict[str, bytes]
) -> None:
    number = town.report().number
    unit = town.state(number).unit_id
    row = """
- key: NEW-1
  from: '2030-01-01'
  type: event/01/10
  area: 4206/420606
  channels: [portal]
  function: sanitation
  level: city
  reason: 由市级统一清运
  source: 测试
"""
    files = {"routing.yaml": in_force["routing.yaml"] + row.encode()}
    tally, (one,) = rehearsed(files)
    assert (one.kind, one.unit_before) == ("dispatch", unit)
    assert one.unit_after is not None
    assert city_registers().register.unit(one.unit_after).managed_path == "4206"
    assert "NEW-1" in one.why
    assert tally.moved == {f"{unit}>{one.unit_after}": 1}
    assert tally.apart == {}


def test_what_people_decided_is_counted_apart(town: Town, in_force: dict[str, bytes]) -> None:
    number = town.report(type=None, standard=None, description="这里有点问题").number
    town.move(number, "file", timedelta(minutes=5), type=Town.RUBBISH)
    tally, found = rehearsed(limit_changed(in_force, "暴露生活垃圾", "4小时", "2小时"))
    assert tally.apart["human_filing"] == 1
    assert [one.kind for one in found] == ["deadline"]


def test_a_case_put_right_later_is_replayed_from_what_it_was(
    town: Town, in_force: dict[str, bytes]
) -> None:
    number = town.report().number
    town.move(number, "give_back", timedelta(minutes=30), reason="duty", note="不属于本单位")
    town.move(number, "amend", timedelta(minutes=1), type="event/01/11")
    _tally, found = rehearsed(limit_changed(in_force, "暴露生活垃圾", "4小时", "2小时"))
    assert [one.kind for one in found] == ["deadline"]


def test_a_model_names_types_that_nobody_named(town: Town, tmp_path: Path) -> None:
    # Words of which the model in force knows nothing.
    texts = [f"zxqvjk{n}" for n in range(12)] + [f"wkpfhd{n}" for n in range(12)]
    labels = [Town.RUBBISH] * 12 + ["component/01/37"] * 12
    model = learn(texts, labels).with_threshold(0.01)
    model.save(tmp_path)
    number = town.report(type=None, description="zxqvjk").number
    town.move(number, "file", timedelta(minutes=5), type=Town.RUBBISH)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    tally, _found = rehearsed(files)
    assert tally.recognised["sure"] == tally.recognised["agree"] == 1


def test_faults_of_files_are_named_with_their_line(town: Town, in_force: dict[str, bytes]) -> None:
    with pytest.raises(FieldError, match=r"event-01-city-environment\.yaml:\d+.*limit"):
        rehearsed(limit_changed(in_force, "暴露生活垃圾", "4小时", "很快"))
    with pytest.raises(FieldError, match="不认识的文件"):
        rehearsed({"photo.jpg": b""})
    with pytest.raises(FieldError, match="ZIP"):
        rehearsed({"files.zip": b"no"})


def test_the_command_line_tells_the_same_and_writes_nothing(
    town: Town, in_force: dict[str, bytes], tmp_path: Path
) -> None:
    number = town.report().number
    for name, data in limit_changed(in_force, "暴露生活垃圾", "4小时", "2小时").items():
        (tmp_path / name).write_bytes(data)
    before = Decision.objects.count(), Trace.objects.unscoped("test").count()
    result = CliRunner().invoke(command, [str(tmp_path)], obj=lambda: None)
    assert result.exit_code == 0, result.output
    assert f"{number} 处置期限: 4小时 → 2小时" in result.output
    assert (Decision.objects.count(), Trace.objects.unscoped("test").count()) == before
