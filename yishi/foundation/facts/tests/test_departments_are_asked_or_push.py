"""A department's database is asked, reading only; a department's program delivers over the API."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import PUBLIC, SYSTEM, ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.facts import rows, snapshots, sqlsource
from yishi.foundation.facts.models import Delivery, RejectedRow, Source
from yishi.foundation.facts.tests.conftest import HR, NOW, source
from yishi.foundation.parties.synthetic import enterprise_number
from yishi.foundation.revisions.errors import FieldError

A, B, C = (enterprise_number("420606", n) for n in range(3))
ROWS = f"(VALUES ('{A}', 12, 1.50), ('{B}', 7, NULL), ('123', 1, 1))"
QUERY = f"SELECT * FROM {ROWS} AS said (party, heads, premiums)"


@pytest.fixture
def asked(bare: None, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A source that is asked in the test's own database; what the test wrote is not there yet."""
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{at['NAME']}?host={at['HOST']}"
    monkeypatch.setenv("YISHI_FACTS_URL_HR", f"{url}&port={at['PORT'] or 5432}")
    return source("hr", HR, kind="sql", query=QUERY)


def test_a_database_is_asked_and_what_cannot_be_read_is_told(asked: Source) -> None:
    made = sqlsource.fetch(asked, SYSTEM, NOW).delivery
    assert (made.kind, made.whole, made.rows, made.rejected) == ("sql", True, 2, 1)
    told = RejectedRow.objects.unscoped("the test").get()
    assert (told.line, told.field) == (3, "party")
    snapshot = snapshots.take(NOW)
    found = rows.of_party(snapshots.path_of(snapshot), A, HR)
    assert found is not None
    assert (found["heads"].value, found["premiums"].value) == (12, 150)
    assert found["heads"].as_of == NOW
    assert sqlsource.fetch(asked, SYSTEM, NOW).known


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM facts_source RETURNING key",
        "WITH gone AS (DELETE FROM facts_source RETURNING key) SELECT * FROM gone",
        "SELECT nextval('facts_source_id_seq')::text AS party, 1 AS heads, 1 AS premiums",
        f"{QUERY}; DELETE FROM facts_source",
        "SELECT lo_create(0)::text AS party, 1 AS heads, 1 AS premiums",
    ],
)
def test_whatever_the_query_says_it_only_reads(asked: Source, query: str) -> None:
    asked.query = query
    asked.save()
    with pytest.raises(FieldError) as refused:
        sqlsource.fetch(asked, SYSTEM, NOW)
    assert (refused.value.field, refused.value.code) == ("source", "unreachable")
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("failed", refused.value.message)
    assert not Delivery.objects.unscoped("the test").exists()


def test_a_refusal_does_not_tell_the_address(
    asked: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://reader:verysecret@127.0.0.1:1/nowhere\n", encoding="utf-8")
    monkeypatch.setenv("YISHI_FACTS_URL_HR_FILE", str(secret))
    with pytest.raises(FieldError) as refused:
        sqlsource.fetch(asked, SYSTEM, NOW)
    assert refused.value.code == "unreachable"
    asked.refresh_from_db()
    assert "verysecret" not in refused.value.message + asked.problem
    monkeypatch.setenv("YISHI_FACTS_URL_HR_FILE", str(tmp_path / "nothing"))
    with pytest.raises(FieldError, match="YISHI_FACTS_URL_HR_FILE"):
        sqlsource.fetch(asked, SYSTEM, NOW)
    for name in ("YISHI_FACTS_URL_HR_FILE", "YISHI_FACTS_URL_HR"):
        monkeypatch.delenv(name)
    with pytest.raises(FieldError) as unset:
        sqlsource.fetch(asked, SYSTEM, NOW)
    assert unset.value.code == "secret"


def test_only_its_owner_has_a_database_asked_and_files_are_not_asked(
    asked: Source, credit: Source
) -> None:
    for one, actor in ((asked, PUBLIC), (credit, SYSTEM)):
        with pytest.raises(FieldError):
            sqlsource.fetch(one, actor, NOW)
    assert not Delivery.objects.unscoped("the test").exists()


def program(unit: int | None, role: str = "data_owner") -> Client:
    """A department's program."""
    key = issue_key(f"{role} {unit}", "api", [ActorGrant(role, unit, "")], timezone.now())
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def hr_office(city: None) -> Source:
    return Source.objects.select_related("unit").get(key="hr")


def body(*lines: list[object], **more: object) -> dict[str, object]:
    moment = timezone.now() - timedelta(hours=1)
    columns = ["party", "insured_heads_now"]
    return {"as_of": moment.isoformat(), "columns": columns, "rows": list(lines), **more}


def push(client: Client, sent: object, key: str = "hr") -> tuple[int, dict[str, object]]:
    answer = client.post(
        f"/api/v1/facts/{key}/deliveries", json.dumps(sent), content_type="application/json"
    )
    return answer.status_code, answer.json()


def test_a_program_reads_what_it_is_to_deliver_and_delivers_it_once(hr_office: Source) -> None:
    client = program(hr_office.unit_id)
    wanted = client.get("/api/v1/facts/hr").json()
    assert {one["name"]: one["type"] for one in wanted["columns"]}["insured_heads_now"] == "整数"
    sent = body([A, 12], [B, "many"], [C, 7])
    status, first = push(client, sent)
    assert (status, first["rows"], first["rejected"], first["known"]) == (201, 2, 1, False)
    refused = first["refused"]
    assert isinstance(refused, list)
    assert [(one["line"], one["field"]) for one in refused] == [(2, "insured_heads_now")]
    again_status, again = push(client, sent)
    assert (again_status, again["known"], again["id"]) == (200, True, first["id"])
    made = Delivery.objects.unscoped("the test").get()
    assert (made.kind, made.whole, made.source_id) == ("api", False, hr_office.pk)
    snapshot = snapshots.take(timezone.now())
    facts = snapshots.declared(snapshot)
    found = rows.of_party(snapshots.path_of(snapshot), A, facts)
    assert found is not None and found["insured_heads_now"].value == 12


def test_another_departments_program_finds_nothing_there(hr_office: Source) -> None:
    other = Source.objects.exclude(unit=hr_office.unit).exclude(unit=None).order_by("key")[0]
    for client in (program(other.unit_id), program(hr_office.unit_id, "officer")):
        assert client.get("/api/v1/facts/hr").status_code == 404
        assert push(client, body([A, 12]))[0] == 404
    assert push(program(hr_office.unit_id), body([A, 12]), "nothing")[0] == 404
    assert Client().get("/api/v1/facts/hr").status_code == 401
    assert not Delivery.objects.unscoped("the test").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"columns": ["party", "unheard_of"]},
        {"columns": ["party", "party"]},
        {"as_of": "2999-01-01T00:00:00+08:00"},
        {"rows": []},
        {"rows": [[A, {"a": 1}]]},
        {"whole": "perhaps"},
        {"unheard": 1},
    ],
)
def test_what_is_wrong_as_a_whole_stores_nothing(
    hr_office: Source, change: dict[str, object]
) -> None:
    status, _ = push(program(hr_office.unit_id), {**body([A, 12]), **change})
    assert status == 422
    assert not Delivery.objects.unscoped("the test").exists()


def test_numbers_come_as_they_were_meant(hr_office: Source) -> None:
    """JSON has one kind of number: 12.0 is twelve people, and money is in yuan."""
    client = program(hr_office.unit_id)
    money = [
        one for one in client.get("/api/v1/facts/hr").json()["columns"] if "元" in one["heading"]
    ]
    assert money, "the office delivers a sum"
    name = money[0]["name"]
    status, made = push(client, body([A, 1.5], [B, 0.1], [C, 0.001], columns=["party", name]))
    assert (status, made["rows"], made["rejected"]) == (201, 2, 1)
    snapshot = snapshots.take(timezone.now())
    path, facts = snapshots.path_of(snapshot), snapshots.declared(snapshot)
    for code, fen in ((A, 150), (B, 10)):
        found = rows.of_party(path, code, facts)
        assert found is not None and found[name].value == Decimal(fen)
