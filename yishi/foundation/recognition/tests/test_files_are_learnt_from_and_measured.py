"""``yishi recognise``: from CSV and Excel files to a model, figures and predictions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from click.testing import CliRunner
from openpyxl import Workbook

from yishi.foundation.recognition.commands import recognise
from yishi.foundation.recognition.tests.test_models_say_how_sure_they_are import made_up


def write_csv(path: Path, texts: list[str], labels: list[str], encoding: str = "utf-8-sig") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([("正文", "类别"), *zip(texts, labels, strict=True)])


def run(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(recognise, list(words))
    return found.exit_code, found.output


def test_train_evaluate_and_predict(tmp_path: Path) -> None:
    one, two, test = (tmp_path / name for name in ("one.csv", "two.xlsx", "test.csv"))
    write_csv(one, *made_up(120, 1), encoding="gb18030")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [("正文", "类别"), *zip(*made_up(120, 2), strict=True)]:
        sheet.append(row)
    book.save(two)
    write_csv(test, *made_up(40, 3))
    model = str(tmp_path / "model")
    code, told = run(
        "train", str(one), str(two), "--text", "正文", "--label", "类别", "--model", model
    )
    assert code == 0, told
    assert json.loads(told.splitlines()[-1])["texts"] == 240
    code, told = run("evaluate", str(test), "--model", model)
    assert code == 0, told
    figures = json.loads(told.splitlines()[-1])
    assert {"rows", "top1", "top3", "macro_f1", "handled_at_95"} <= set(figures)
    assert figures["rows"] == 40
    out = tmp_path / "out.csv"
    code, told = run("predict", str(test), "--model", model, "--why", "--out", str(out))
    assert code == 0, told
    with out.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert rows[0]["label1"] and rows[0]["because"]


def test_faults_name_file_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, *made_up(20, 1))
    model = str(tmp_path / "model")
    code, told = run("train", str(path), "--text", "正文", "--label", "单位", "--model", model)
    assert code == 1
    assert "a.csv" in told and "单位" in told
    code, told = run("evaluate", str(path), "--model", model)
    assert code == 1
    assert "模型" in told
    broken = tmp_path / "b.xlsx"
    broken.write_bytes(b"no workbook")
    code, told = run("train", str(broken), "--text", "a", "--label", "b", "--model", model)
    assert code == 1
    assert "b.xlsx" in told
