"""Personal values: encrypted, bound to row and field, searchable by keyed hash, re-encryptable."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from yishi.foundation.audit.models import Look
from yishi.foundation.parties import contacts, crypto, rotation
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.models import Contact
from yishi.foundation.revisions.errors import FieldError

NOW = datetime(2026, 5, 11, 1, 0, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)


@dataclass(frozen=True)
class Officer:
    ref: str = "user:7"


@pytest.fixture(autouse=True)
def keys_file(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "secret" / "keys.json"
    settings.YISHI_KEYS_FILE = path
    return path


def test_the_key_file_is_made_once_and_private(keys_file: Path) -> None:
    first = crypto.key_ring()
    assert stat.S_IMODE(keys_file.stat().st_mode) == 0o600
    assert set(json.loads(keys_file.read_text())) == {"current", "keys", "lookup"}
    assert crypto.key_ring() is first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"current": "k1", "keys": {}, "lookup": "x"}',
        '{"current": "k1", "keys": {"k1": "AAAA"}, "lookup": "AAAA"}',
    ],
)
def test_a_malformed_key_file_is_refused(keys_file: Path, text: str) -> None:
    keys_file.parent.mkdir()
    keys_file.write_text(text)
    with pytest.raises(crypto.KeyRingError):
        crypto.key_ring()


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, TEXTS, TEXTS)
def test_a_token_opens_in_its_own_place_only(value: str, here: str, there: str) -> None:
    token = crypto.encrypt(value, here)
    assert crypto.decrypt(token, here) == value
    assert crypto.encrypt(value, here) != token
    if here != there:
        with pytest.raises(crypto.TokenError):
            crypto.decrypt(token, there)


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 60), st.characters() | st.sampled_from("+/-_="))
def test_a_changed_token_never_opens(place: int, other: str) -> None:
    token = crypto.encrypt("13812345678", "contact.phone:1")
    changed = token[:place] + other + token[place + 1 :]
    assume(changed != token)
    with pytest.raises(crypto.TokenError):
        crypto.decrypt(changed, "contact.phone:1")


def test_search_hashes_need_the_key_and_differ_by_kind(keys_file: Path) -> None:
    first = crypto.search_hash("phone", "13812345678")
    assert len(first) == 64
    assert first != crypto.search_hash("email", "13812345678")
    keys_file.unlink()
    assert crypto.search_hash("phone", "13812345678") != first


def test_ids_follow_the_time_and_are_version_7() -> None:
    ids = [time_uuid(NOW + timedelta(milliseconds=n)) for n in range(50)]
    assert ids == sorted(ids)
    assert {(each.version, each.variant) for each in ids} == {(7, "specified in RFC 4122")}


def save(**values: Any) -> Contact:
    return Contact.objects.create(**contacts.contact_row(now=NOW, **values))


@pytest.mark.django_db
def test_a_stored_contact_shows_nothing_plain() -> None:
    contact = save(name="张三丰", phone="138 1234 5678", email="Zhang@Example.CN")
    stored = " ".join(str(v) for v in Contact.objects.values_list().get())
    for plain in ("张三丰", "13812345678", "138 1234", "@", "example"):
        assert plain not in stored
    opened = contacts.details(contact)
    assert (opened.name, opened.phone) == ("张三丰", "13812345678")
    assert opened.email == "Zhang@example.cn"
    hidden = contacts.masked(contact)
    assert (hidden.name, hidden.phone) == ("张**", "138****5678")
    assert hidden.email == "Z***@example.cn"
    assert "张" not in repr(opened)


@pytest.mark.django_db
def test_a_value_copied_into_another_row_does_not_open() -> None:
    one, other = save(phone="13812345678"), save(phone="13900000000")
    other.phone_enc = one.phone_enc
    with pytest.raises(crypto.TokenError):
        contacts.details(other)


@pytest.mark.django_db
def test_searching_states_a_purpose_and_is_logged_without_the_number() -> None:
    wanted = save(phone="0710-3456789-801")
    save(phone="13812345678")
    officer = Officer()
    with pytest.raises(FieldError) as refused:
        contacts.find_contacts("07103456789", actor=officer, purpose=" ", now=NOW)
    assert refused.value.field == "purpose"
    assert Look.objects.count() == 0
    found = contacts.find_contacts("（0710）345 6789", actor=officer, purpose="回访", now=NOW)
    assert [c.id for c in found] == [wanted.id]
    assert contacts.find_contacts("13911112222", actor=officer, purpose="回访", now=NOW) == []
    looks = list(Look.objects.order_by("id"))
    assert [(look.actor_ref, look.purpose, look.rows) for look in looks] == [
        ("user:7", "回访", 1),
        ("user:7", "回访", 0),
    ]
    assert "3456789" not in "".join(look.subject for look in looks)


@pytest.mark.django_db
def test_opening_a_contact_is_logged() -> None:
    contact = save(phone="13812345678")
    opened = contacts.reveal(contact.id, actor=Officer(), purpose="现场联系", now=NOW)
    assert opened.phone == "13812345678"
    assert Look.objects.get().subject == f"contact:{contact.id}"


@pytest.mark.django_db
def test_rotation_reencrypts_everything_in_batches() -> None:
    made = [save(name="李四", phone=f"1381234{n:04}") for n in range(7)]
    save()  # a contact without any value has nothing to re-encrypt
    before = rotation.status()
    assert (before.current, before.values_by_key, before.outdated) == ("k1", {"k1": 14}, 0)
    seen: list[int] = []
    assert rotation.rotate(batch=3, progress=seen.append) == 7
    assert len(seen) == 3
    assert 2 <= seen[0] <= 3
    after = rotation.status()
    assert (after.current, after.values_by_key) == ("k2", {"k1": 0, "k2": 14})
    assert rotation.rotate(new_key=False) == 0
    rows = Contact.objects.in_bulk([c.id for c in made])
    assert [contacts.details(rows[c.id]).phone for c in made] == [
        f"1381234{n:04}" for n in range(7)
    ]
    found = contacts.find_contacts("13812340003", actor=Officer(), purpose="核对", now=NOW)
    assert [c.id for c in found] == [made[3].id]


def test_another_process_sees_a_new_key_at_once(keys_file: Path) -> None:
    crypto.key_ring()
    raw = json.loads(keys_file.read_text())
    raw["keys"]["k9"] = raw["keys"]["k1"]
    raw["current"] = "k9"
    keys_file.write_text(json.dumps(raw))
    assert crypto.key_id_of(crypto.encrypt("x", "y")) == "k9"


@pytest.mark.django_db
def test_the_lookup_key_is_changed_while_searches_go_on(keys_file: Path) -> None:
    made = [save(phone=f"1381234{n:04}", email=f"a{n}@example.cn") for n in range(5)]
    before = dict(Contact.objects.values_list("id", "phone_hash"))
    rotation.begin(data=False, lookup=True)
    fresh = save(phone="13900001111")
    assert rotation.status().lookup_changes
    for number in ("13812340003", "13900001111"):  # one hashed before, one after
        assert len(contacts.find_contacts(number, actor=Officer(), purpose="核对", now=NOW)) == 1
    assert rotation.renew(batch=2) == 5
    after = dict(Contact.objects.values_list("id", "phone_hash"))
    assert all(after[c.id] != before[c.id] for c in made)
    assert after[fresh.id] == fresh.phone_hash
    assert not rotation.status().lookup_changes
    assert "lookup_old" not in json.loads(keys_file.read_text())
    found = contacts.find_contacts("13812340003", actor=Officer(), purpose="核对", now=NOW)
    assert [c.id for c in found] == [made[3].id]


@pytest.mark.django_db(transaction=True)
def test_a_stopped_rotation_is_gone_on_with_by_the_worker() -> None:
    from yishi.foundation.parties.tasks import renew_values

    for n in range(6):
        save(name="李四", phone=f"1381234{n:04}")

    class Stopped(Exception):
        pass

    def stop(done: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        rotation.rotate(batch=2, progress=stop)
    assert rotation.status().outdated == 8
    assert rotation.waiting()
    assert renew_values(0) == 4
    assert rotation.status().outdated == 0
    assert not rotation.waiting()


@pytest.mark.django_db
def test_a_key_is_put_away_only_when_no_column_holds_anything_of_it(keys_file: Path) -> None:
    contact = save(name="李四")
    rotation.begin()
    with pytest.raises(rotation.KeyInUse, match="parties_contact"):
        rotation.retire("k1")
    with pytest.raises(crypto.KeyRingError):
        rotation.retire("k2")
    token = contact.name_enc
    rotation.renew()
    # Not only the contacts count: a value sealed by the key anywhere keeps it.
    Look.objects.create(at=NOW, actor_ref="user:1", action="x", subject=token[:80])
    with pytest.raises(rotation.KeyInUse, match="audit_look"):
        rotation.retire("k1")
    Look.objects.all().delete()
    rotation.retire("k1")
    ring, away = json.loads(keys_file.read_text()), keys_file.with_name("keys.retired.json")
    assert (set(ring["keys"]), ring["current"]) == ({"k2"}, "k2")
    assert set(json.loads(away.read_text())) == {"k1"}
    assert stat.S_IMODE(away.stat().st_mode) == 0o600
    contact.refresh_from_db()
    assert contacts.details(contact).name == "李四"
    assert crypto.add_key() == "k3"
