"""``yishi recognise``: learn a model from labelled texts, measure it, use it. Needs no database."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_MODEL = click.option(
    "--model",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="folder of the model",
)
_FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


def _text(help_text: str, *, required: bool) -> Callable[[_Command], _Command]:
    return click.option("--text", "columns", multiple=True, required=required, help=help_text)


@click.group()
def recognise() -> None:
    """What texts are about: train a model, evaluate it, predict with it."""


@recognise.command("train")
@_FILES
@_text("column with the text; may be given several times", required=True)
@click.option("--label", required=True, help="column with the label")
@_MODEL
@click.option("--precision", default=0.95, show_default=True, type=click.FloatRange(0.5, 1.0))
def train(
    files: tuple[Path, ...], columns: tuple[str, ...], label: str, folder: Path, precision: float
) -> None:
    """Learn from CSV or Excel FILES and write the model to a folder."""
    from yishi.foundation.recognition.learning import LearningError, Settings, learn
    from yishi.foundation.recognition.rows import RowsError, read_rows

    try:
        rows = [row for path in files for row in read_rows(path, columns, label)]
        model = learn(
            [row.text for row in rows],
            [row.label for row in rows],
            Settings(precision=precision),
            lambda line: click.echo(line, err=True),
        )
    except (RowsError, LearningError) as error:
        raise click.ClickException(str(error)) from error
    model.facts.update(columns=list(columns), label=label)
    model.save(folder)
    click.echo(json.dumps({"version": model.version, **model.facts}, ensure_ascii=False))


@recognise.command("evaluate")
@_FILES
@_text("column with the text (default: as trained)", required=False)
@click.option("--label", help="column with the label (default: as trained)")
@_MODEL
def evaluate(
    files: tuple[Path, ...], columns: tuple[str, ...], label: str | None, folder: Path
) -> None:
    """Measure the model on labelled FILES; the last line is JSON."""
    from yishi.foundation.recognition.evaluation import figures
    from yishi.foundation.recognition.model import ModelError, load
    from yishi.foundation.recognition.rows import RowsError, read_rows

    try:
        model = load(folder)
        rows = [
            row
            for path in files
            for row in read_rows(
                path, columns or model.facts["columns"], label or model.facts["label"]
            )
        ]
        found = figures(model.answers([row.text for row in rows]), [row.label for row in rows])
    except (ModelError, RowsError, ValueError, KeyError) as error:
        raise click.ClickException(str(error)) from error
    unseen = {row.label for row in rows} - set(model.labels)
    if unseen:
        click.echo(f"未见过的类别：{len(unseen)} 个，如 {sorted(unseen)[:5]}", err=True)
    click.echo(json.dumps(found.as_dict()))


@recognise.command("predict")
@_FILES
@_text("column with the text (default: as trained)", required=False)
@_MODEL
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write")
@click.option("--why", is_flag=True, help="the words that decided")
def predict(
    files: tuple[Path, ...], columns: tuple[str, ...], folder: Path, out: Path | None, why: bool
) -> None:
    """Say what each row of FILES is about, as CSV: three labels, confidences, sure or not."""
    from yishi.foundation.recognition.model import ModelError, load
    from yishi.foundation.recognition.rows import RowsError, read_rows

    try:
        model = load(folder)
        parts = [(path, read_rows(path, columns or model.facts["columns"], None)) for path in files]
    except (ModelError, RowsError, KeyError) as error:
        raise click.ClickException(str(error)) from error
    stream = out.open("w", encoding="utf-8-sig", newline="") if out else sys.stdout
    try:
        writer = csv.writer(stream)
        writer.writerow(
            ["file", "row", "sure"]
            + [f"{name}{n}" for n in (1, 2, 3) for name in ("label", "confidence")]
            + (["because"] if why else [])
        )
        for path, rows in parts:
            for row, answer in zip(rows, model.answers([r.text for r in rows]), strict=True):
                cells: list[Any] = [path.name, row.number, int(answer.sure)]
                for guess in answer.guesses:
                    cells += [guess.label, guess.confidence]
                cells += [""] * (9 - len(cells))
                if why and answer.best:
                    words = model.because(row.text, answer.best.label)
                    cells.append("、".join(word for word, _ in words))
                writer.writerow(cells)
    finally:
        if out:
            stream.close()
