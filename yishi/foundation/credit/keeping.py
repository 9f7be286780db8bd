"""What the credit file holds of people: how it is erased, kept, and sealed anew.

A record that is published or in force stays, with whom it is about; when it is over, the person's
name and number go after the city's period (``retention`` in ``city.yaml``), the record stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from yishi.foundation.audit.retention import Kind
from yishi.foundation.cases.party_erasure import Holder
from yishi.foundation.credit import near, subjects
from yishi.foundation.credit.asking import stated_key
from yishi.foundation.credit.entries import bound as entry_bound
from yishi.foundation.credit.models import CreditRecord, ListEntry, NearMatch, Objection
from yishi.foundation.credit.objections import bound as objection_bound
from yishi.foundation.credit.record_models import OVER, SHOWN, UNPUBLISHED
from yishi.foundation.parties import naming
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.party_models import PERSON
from yishi.foundation.parties.walked import Walked

_GONE = {
    "subject_name_enc": "",
    "name_hash": "",
    "identifier_enc": "",
    "identifier_hash": "",
}


def _records() -> Any:
    return CreditRecord.objects.unscoped("erasure and retention concern every record")


def _refuse(party: Party) -> str:
    counted = _records().filter(party__file_id=party.file_id, state__in=SHOWN)
    return (
        "该人员有公示中或仍在使用的信用记录，期满、修复或删除后才能删除" if counted.exists() else ""
    )


def _kept() -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = _records().filter(state__in=SHOWN, party__isnull=False)
    return rows.values("party__file_id")


def _erase(ids: Sequence[UUID]) -> dict[str, int]:
    rows = _records().filter(party_id__in=ids, subject_kind=PERSON)
    near_rows = NearMatch.objects.filter(party_id__in=ids)
    objections = Objection.objects.filter(party_id__in=ids)
    return {
        "credit_record": rows.update(**_GONE),
        "credit_near": near_rows.update(subject_enc=""),
        "credit_objection": objections.update(reason_enc=""),
    }


HOLDER = Holder("credit", _refuse, _kept, _erase)


def _purge_records(before: datetime, most: int) -> int:
    over = Q(state__in=OVER) | Q(state=UNPUBLISHED, max_end__lt=before.date())
    rows = _records().filter(over, subject_kind=PERSON, changed_at__lt=before)
    ids = list(rows.exclude(subject_name_enc="").order_by("pk").values_list("pk", flat=True)[:most])
    return int(_records().filter(pk__in=ids).update(**_GONE))


def _purge_near(before: datetime, most: int) -> int:
    rows = NearMatch.objects.filter(created_at__lt=before).exclude(state=NearMatch.OPEN)
    ids = list(rows.exclude(subject_enc="").order_by("pk").values_list("pk", flat=True)[:most])
    return NearMatch.objects.filter(pk__in=ids).update(subject_enc="")


def _purge_objections(before: datetime, most: int) -> int:
    rows = Objection.objects.filter(decided_at__lt=before).exclude(reason_enc="")
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    return Objection.objects.filter(pk__in=ids).update(reason_enc="")


def _purge_entries(before: datetime, most: int) -> int:
    rows = ListEntry.objects.filter(person=True, removed_at__lt=before).exclude(name_enc="")
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    gone = {"name_enc": "", "name_hash": "", "identifier_enc": "", "identifier_hash": ""}
    return ListEntry.objects.filter(pk__in=ids).update(**gone)


KINDS = (
    Kind("credit_record", "已结束信用记录中的个人姓名和号码", _purge_records, 365),
    Kind("credit_near", "相近名称核对中的个人信息", _purge_near),
    Kind("credit_objection", "信用异议的文字", _purge_objections, 180),
    Kind("credit_list", "已移出名单的个人姓名和号码", _purge_entries),
)


def _record_hashes(row: Any, plain: Mapping[str, str]) -> dict[str, str]:
    name = row.subject_name or plain["subject_name_enc"]
    number = row.identifier or plain["identifier_enc"]
    return {
        "name_hash": naming.name_hash(name) if name else row.name_hash,
        "identifier_hash": subjects.number_hashes(row.identifier_kind, number, name)[0]
        if number and name
        else row.identifier_hash,
    }


def _entry_hashes(row: Any, plain: Mapping[str, str]) -> dict[str, str]:
    name, number = row.name or plain["name_enc"], row.identifier or plain["identifier_enc"]
    return {
        "name_hash": naming.name_hash(name) if name else row.name_hash,
        "identifier_hash": subjects.number_hashes(row.identifier_kind, number, name)[0]
        if number and name
        else row.identifier_hash,
    }


def _near_hashes(row: Any, plain: Mapping[str, str]) -> dict[str, str]:
    if not plain["subject_enc"]:
        return {"subject_key": row.subject_key}
    said = json.loads(plain["subject_enc"])
    numbers = {kind: values for kind, values in said["numbers"].items() if values}
    # The code within a 统一社会信用代码 came along with it; it was not what was stated.
    kind = next((one for one in numbers if one != "org_code"), next(iter(numbers), ""))
    value = numbers[kind][0] if kind else ""
    return {"subject_key": stated_key(kind, value, said["name"])}


TABLES = (
    Walked(
        CreditRecord,
        {
            "subject_name_enc": lambda row: subjects.bound("name", row.id),
            "identifier_enc": lambda row: subjects.bound("identifier", row.id),
        },
        _record_hashes,
    ),
    Walked(
        ListEntry,
        {
            "name_enc": lambda row: entry_bound("name", row),
            "identifier_enc": lambda row: entry_bound("identifier", row),
        },
        _entry_hashes,
    ),
    Walked(
        NearMatch,
        {"subject_enc": lambda row: near.bound(row.record_id, row.entry_id)},
        _near_hashes,
    ),
    Walked(Objection, {"reason_enc": lambda row: objection_bound(row.id)}),
)
