"""Keys are changed under the files of parties too: everything opens and is found afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yishi.foundation.parties import crypto, rotation, services
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.synthetic import enterprise_number
from yishi.foundation.parties.tests.making import NOW, PURPOSE, SYSTEM, TODAY, firm, person


@pytest.mark.django_db(transaction=True)
def test_all_values_open_and_are_found_after_both_keys_changed(
    tmp_path: Path, settings: Any
) -> None:
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"
    who, company = person(name="陈模拟"), firm()
    services.rename(who, "陈新模拟", TODAY, actor=SYSTEM, now=NOW)
    raw = services.FieldInput("household_address", "模拟路1号", "公安", TODAY)
    services.record_field(who, raw, actor=SYSTEM, now=NOW)
    paper = services.MaterialInput("id_card", "居民身份证", "420606199001010003")
    services.record_material(who, paper, actor=SYSTEM, now=NOW)
    old = services.PartyInput("模拟老厂", "420600000012345", "reg_no", source="registry")
    factory, _ = services.find_or_create(old, actor=SYSTEM, purpose=PURPOSE, now=NOW)
    before = Identifier.objects.get(party=who).value_hash
    rotation.begin(data=True, lookup=True)
    assert person(name="陈新模拟") == who, "found by the old hash meanwhile"
    assert rotation.renew(batch=2) >= 6
    status = rotation.status()
    assert (status.outdated, status.lookup_changes) == (0, False)
    assert Identifier.objects.get(party=who).value_hash != before
    assert person(name="陈新模拟") == who
    number = enterprise_number("420606", 0)
    find = services.by_identifier
    args = {"actor": SYSTEM, "purpose": PURPOSE, "now": NOW}
    assert find(IdentifierKind.USCC, number, **args) == company  # type: ignore[arg-type]
    assert services.by_name("陈模拟", **args) == [who]  # type: ignore[arg-type]
    assert services.find_or_create(old, **args) == (factory, False)  # type: ignore[arg-type]
    who = Party.objects.get(pk=who.pk)
    assert services.known_fields(who, TODAY)["household_address"].value == "模拟路1号"
    assert services.reveal(who, **args).former == ("陈模拟",)  # type: ignore[arg-type]
    rotation.retire("k1")
    assert set(crypto.key_ring().keys) == {"k2"}
