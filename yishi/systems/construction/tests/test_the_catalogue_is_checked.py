"""Limits add up to 70/50/30, promises stay within the law, or the catalogue is refused with file
and line (hard case 13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from yishi.foundation.cases.catalogue_errors import CatalogueError
from yishi.systems.construction.catalogue import dump_folder, from_content, parse_folder
from yishi.systems.construction.catalogue.checks import longest
from yishi.systems.construction.tests.folders import FOLDER, book, changed, line_of

POLICY = "policy.yaml"
PLANNING = "items/2-planning.yaml"


def test_the_citys_limits_add_up_to_70_50_and_30() -> None:
    kinds = {kind.key: (kind.limit, sum(kind.stages)) for kind in book().policy.kinds}
    assert kinds == {"GOV": (70, 70), "PRIVATE": (50, 50), "LAND_WITH_PLAN": (30, 30)}


def test_every_chain_of_promises_fits_into_its_stage() -> None:
    found = book()
    for kind in found.policy.kinds:
        for stage in (1, 2, 3, 4):
            assert 0 < longest(found, kind.key, stage)[0] <= kind.stages[stage - 1]


def test_a_folder_written_again_reads_the_same(tmp_path: Path) -> None:
    content = parse_folder(FOLDER)
    dump_folder(content, tmp_path)
    assert parse_folder(tmp_path) == content
    assert from_content(content) == from_content(parse_folder(tmp_path))


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "field", "says"),
    [
        (POLICY, "[18, 20, 20, 12]", "[18, 20, 20, 13]", "key: GOV", "stages", "不等于总时限 70"),
        (POLICY, "[18, 20, 20, 12]", "[18, 52]", "key: GOV", "stages", "四个阶段"),
        (PLANNING, "promise: 7工作日", "promise: 21工作日", "promise: 7工作日", "promise", "法定"),
        (PLANNING, "promise: 7工作日", "promise: 19工作日", "gc_preliminary", "promise", "第2阶段"),
        (PLANNING, "promise: 7工作日", "promise: soon", "promise: 7工作日", "promise", ""),
        (PLANNING, "stage: 2", "stage: 5", "stage: 2", "stage", "1 至 4"),
        (PLANNING, "after: [gc_land_use_permit]", "after: [gc_nothing]", "key: gc_scheme_review",
         "after", "gc_nothing"),
        (PLANNING, "after: [gc_land_use_permit]", "after: [gc_planning_permit]",
         "key: gc_scheme_review", "after", "循环"),
        (PLANNING, "after: [gc_land_use_permit]", "after: [gc_joint_acceptance]",
         "key: gc_scheme_review", "after", "更后的阶段"),
        (PLANNING, "kinds: [GOV, PRIVATE]", "kinds: [GOV, STATE]", "key: gc_scheme_review",
         "kinds", "STATE"),
        (PLANNING, "modes: [normal, deferred]", "modes: [normal, silent]",
         "modes: [normal, deferred]", "modes", "silent"),
        (PLANNING, "key: gc_greening", "key: gc_civil_defence", "key: gc_greening", "key", "重复"),
        (PLANNING, "when: [environment_report]", "when: [ghosts]", "key: gc_environment", "when",
         "ghosts"),
        ("surveyors.yaml", "grade: 丙", "grade: 丁", "grade: 丙", "grade", "丁"),
    ],
)  # fmt: skip
def test_what_cannot_hold_is_refused_with_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, at: str, field: str, says: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        parse_folder(changed(tmp_path / "copy", file, old, new))
    line = line_of(file, at)
    found = [p for p in refused.value.problems if (p.file, p.line, p.field) == (file, line, field)]
    assert any(says in problem.message for problem in found), refused.value.problems
