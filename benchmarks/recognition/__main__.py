"""``make bench-recognition``: how well texts are recognised, each figure with its reference.

    python -m benchmarks.recognition [FOLDER OF DATA]

*Reports of the city*: ``held_out.csv``, written apart from the catalogue by writers who saw a
type's name and one-line summary only; the reference is the search for the catalogue's own words.
*teddy2020c* and *pingshan2018* lie outside the repository (no licence to pass them on): they are
read from the folder that is given and skipped without one. Their reference is a plain linear model
(scikit-learn: TF-IDF of one to three characters, LinearSVC with its defaults) on the same split.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.ground import machine
from benchmarks.results import say, write

HERE = Path(__file__).parent
CITY = HERE.parent.parent / "cities" / "xiangyang"
HEAD = (
    "| data | rows | top 1 | top 3 | macro-F1 | handled at 95 % | reference: top 1 | macro-F1 |",
    "|---|---:|---:|---:|---:|---:|---:|---:|",
)
SPEED_TEXTS, ROUNDS = 100_000, 3
Rows = Sequence[dict[str, str]]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def line(name: str, figures: Any, top1: float, f1: float | None) -> str:
    """One row of the table."""
    plain = "" if f1 is None else f"{f1:.3f}"
    return (
        f"| {name} | {figures.rows:,} | {figures.top1:.3f} | {figures.top3:.3f} | "
        f"{figures.macro_f1:.3f} | {figures.handled_at_95:.3f} | {top1:.3f} | {plain} |"
    )


def city() -> list[str]:
    """The committed model on the held-out reports, and at the city's parameter."""
    from yishi.foundation.recognition.evaluation import figures
    from yishi.foundation.recognition.model import load
    from yishi.systems.city_events.catalogue import load_catalogue

    rows = read(HERE / "held_out.csv")
    catalogue, model = load_catalogue(CITY / "events"), load(CITY / "recognition")
    found = figures(model.answers([r["text"] for r in rows]), [r["type"] for r in rows])
    hits = [catalogue.suggest(row["text"], 1) for row in rows]
    right = sum(
        bool(hit) and hit[0].type.key == row["type"] for hit, row in zip(hits, rows, strict=True)
    )
    return [line("reports of the city, 1,636 types", found, right / len(rows), None)]


def plain(train: Rows, test: Rows, text: Any, label: str) -> tuple[float, float]:
    """Top 1 and macro-F1 of the reference."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import accuracy_score, f1_score
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    known = words.fit_transform([text(row) for row in train])
    machine = LinearSVC().fit(known, [row[label] for row in train])
    said = machine.predict(words.transform([text(row) for row in test]))
    true = [row[label] for row in test]
    return accuracy_score(true, said), f1_score(true, said, average="macro")


def compare(name: str, train: Rows, test: Rows, columns: Sequence[str], label: str) -> str:
    """Learn *label* on *train* and measure on *test*, beside the reference."""
    from yishi.foundation.recognition.evaluation import figures
    from yishi.foundation.recognition.grams import FIELD
    from yishi.foundation.recognition.learning import learn

    def text(row: dict[str, str]) -> str:
        return FIELD.join(row[column] for column in columns)

    say(name)
    model = learn([text(row) for row in train], [row[label] for row in train])
    found = figures(model.answers([text(row) for row in test]), [row[label] for row in test])
    top1, f1 = plain(train, test, lambda row: text(row).replace(FIELD, " "), label)
    return line(name, found, top1, f1)


def teddy(folder: Path) -> list[str]:
    """First-level class of citizens' messages: learnt from the segmented set without the messages
    of the raw set, measured on the raw set."""
    raw = read(folder / "messages_raw.csv")
    held = {row["seg_id"] for row in raw}
    train = [
        {"text": row["text_segmented"], "label": row["label"]}
        for row in read(folder / "messages_segmented.csv")
        if row["id"] not in held
    ]
    test = [{"text": f"{r['留言主题']} {r['留言详情']}", "label": r["label"]} for r in raw]
    return [compare("teddy2020c, class from raw text", train, test, ["text"], "label")]


def pingshan(folder: Path) -> list[str]:
    """Handling unit from the fields of an event: learnt from the first four fifths by date."""
    rows = read(folder / "events.csv")
    rows.sort(key=lambda row: (row["create_time"], int(row["rec_id"])))
    cut = len(rows) * 4 // 5
    columns = ["type", "main_type", "sub_type", "community", "street", "source", "property"]
    name = "pingshan2018, unit, split by time"
    return [compare(name, rows[:cut], rows[cut:], columns, "dispose_unit")]


def lateness(folder: Path) -> list[str]:
    """Which event will be late, learnt from the first seven tenths by date. The reference is a
    logistic regression over the same columns, one column a value."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    from yishi.foundation.recognition.evaluation import figures
    from yishi.foundation.recognition.grams import FIELD
    from yishi.foundation.recognition.learning import learn

    rows = read(folder / "events.csv")
    rows.sort(key=lambda row: (row["create_time"], int(row["rec_id"])))
    cut = len(rows) * 7 // 10
    columns = ["dispose_unit", "sub_type", "main_type", "source", "property", "community", "street"]
    kept = [{column: row[column] for column in columns} for row in rows]
    late = [row["overdue"] for row in rows]
    texts = [FIELD.join(row.values()) for row in kept]
    own = figures(learn(texts[:cut], late[:cut]).answers(texts[cut:]), late[cut:]).auc or 0.0
    values = DictVectorizer()
    plain = LogisticRegression(max_iter=2_000).fit(values.fit_transform(kept[:cut]), late[:cut])
    said = plain.predict_proba(values.transform(kept[cut:]))[:, 1]
    reference = roc_auc_score([int(one) for one in late[cut:]], said)
    return [
        "| pingshan2018, late or not | AUC (goal 0.88) | reference |",
        "|---:|---:|---:|",
        f"| {len(rows) - cut:,} | {own:.3f} | {reference:.3f} |",
    ]


def speed() -> list[str]:
    """Processor seconds for many texts in one thread: the least of some rounds."""
    from yishi.foundation.recognition.model import load

    model = load(CITY / "recognition")
    rows = read(HERE / "held_out.csv")
    texts = [rows[n % len(rows)]["text"] for n in range(SPEED_TEXTS)]
    model.answers(texts[:2_000])
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        model.answers(texts)
        taken.append(time.process_time() - begun)
    return [
        "| texts | processor seconds, one thread (goal < 20) |",
        "|---:|---:|",
        f"| {SPEED_TEXTS:,} | {min(taken):.1f} |",
    ]


def main(data: Path | None) -> None:
    """Everything."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")
    where = machine()
    rows = [*HEAD, *city()]
    for name, act in (("teddy2020c", teddy), ("pingshan2018", pingshan)):
        if data is not None and (data / name).is_dir():
            rows += act(data / name)
        else:
            say(f"{name} is not there: skipped")
    parts = [("Recognised from text", rows), ("Speed", speed())]
    if data is not None and (data / "pingshan2018").is_dir():
        parts.append(("Late or not", lateness(data / "pingshan2018")))
    for _, lines in parts:
        print("\n".join(lines), flush=True)
    write("make bench-recognition", where, "Splits as the module says.", parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
