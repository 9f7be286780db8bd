"""Loading ``policies/`` of a city's folder: vocabulary, policies and item versions."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from yishi.foundation import revisions
from yishi.foundation.rulebook.errors import Problem, RuleFileError
from yishi.systems.direct_benefits.policies.book import REGISTER
from yishi.systems.direct_benefits.policies.facts import FOLDER, content_of
from yishi.systems.direct_benefits.policies.folder import Folder, read_folder
from yishi.systems.direct_benefits.policies.model import BenefitItem, PolicyText
from yishi.systems.direct_benefits.policies.models import FILE, ItemVersion, Policy, Vocabulary
from yishi.systems.direct_benefits.policies.stored import digest


def files_hash(folder: Path) -> str:
    """``sha256:`` of every file of ``policies/`` with its name."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        data = path.read_bytes()
        found.update(f"{path.name}\0{len(data)}\0".encode() + data)
    return "sha256:" + found.hexdigest()


@transaction.atomic
def load_city(folder: Path, *, now: datetime) -> str:
    """Publish what the folder says and the database does not have; the same again changes nothing.

    Versions made in the browser are left alone: a file's version that would begin on or before the
    newest one is refused unless it is already there.

    Raises:
        RuleFileError: with every fault, its file and line; nothing is changed then.
    """
    place = folder / FOLDER
    if not place.is_dir():
        return f"policies: the city has no {FOLDER}/"
    revisions.bump("benefit_facts")
    whole = files_hash(place)
    newest = Vocabulary.objects.order_by("-pk").first()
    if newest is not None and newest.folder_hash == whole:
        return "policies: unchanged"
    found = read_folder(place)
    load = _Load(found, now)
    load.policies()
    load.items()
    if load.problems:
        raise RuleFileError(load.problems)
    Vocabulary.objects.filter(folder_hash=whole).delete()  # an earlier state that is in use again
    Vocabulary.objects.create(content=content_of(found.declared), folder_hash=whole, created_at=now)
    revisions.bump(REGISTER)
    return f"policies: {load.made_policies} policies, {load.made_items} item versions"


def document_hash(policy: PolicyText) -> str:
    """The digest of what cannot be changed of a policy."""
    return digest(
        {
            "number": policy.number,
            "title": policy.title,
            "issuer": policy.issuer,
            "level": policy.level,
            "text": [list(one) for one in policy.text],
            "from": policy.valid_from.isoformat(),
        }
    )


class _Load:
    def __init__(self, found: Folder, now: datetime) -> None:
        self.found, self.now = found, now
        self.problems: list[Problem] = []
        self.made_policies = self.made_items = 0
        self.rows: dict[str, Policy] = {}

    def policies(self) -> None:
        """New policies; of known ones only the days and the plain words may differ."""
        known = {row.key: row for row in Policy.objects.all()}
        for policy in self.found.policies:
            row = known.get(policy.key)
            if row is None:
                self.rows[policy.key] = self._policy(policy)
                self.made_policies += 1
                continue
            self.rows[policy.key] = row
            if row.hash != document_hash(policy):
                message = "已发布的政策文件内容不同；修订请以新的文号和 key 发布"
                self.problems.append(Problem(policy.file, policy.line, policy.key, message))
                continue
            said = (policy.valid_to, policy.repealed_on or row.repealed_on, policy.plain)
            if said != (row.valid_to, row.repealed_on, row.plain):
                row.valid_to, row.repealed_on, row.plain = said
                row.save(update_fields=["valid_to", "repealed_on", "plain"])

    def _policy(self, policy: PolicyText) -> Policy:
        return Policy.objects.create(
            key=policy.key,
            number=policy.number,
            title=policy.title,
            issuer=policy.issuer,
            level=policy.level,
            text=[list(one) for one in policy.text],
            plain=policy.plain,
            valid_from=policy.valid_from,
            valid_to=policy.valid_to,
            repealed_on=policy.repealed_on,
            hash=document_hash(policy),
            illustrative=policy.illustrative,
            created_at=self.now,
        )

    def items(self) -> None:
        """New item versions, all in one statement."""
        known: dict[str, list[ItemVersion]] = {}
        for row in ItemVersion.objects.order_by("effective_from"):
            known.setdefault(row.key, []).append(row)
        new = []
        for file in self.found.files:
            for placed in file.items:
                rows = known.get(placed.item.key, [])
                if self._settled(placed.item, rows, placed.file, placed.line):
                    continue
                new.append(self._version(placed.item, rows, placed.file))
        if not self.problems:
            ItemVersion.objects.bulk_create(new)
            self.made_items = len(new)

    def _settled(self, item: BenefitItem, rows: list[ItemVersion], file: str, line: int) -> bool:
        """True when nothing is left to store; ends the predecessor otherwise."""
        start = item.effective_from
        assert start is not None
        there = next((row for row in rows if row.effective_from == start), None)
        if there is not None and there.hash == item.hash:
            if item.effective_to and (
                there.effective_to is None or item.effective_to < there.effective_to
            ):
                there.effective_to = item.effective_to
                there.save(update_fields=["effective_to"])
            return True
        newest = rows[-1] if rows else None
        if newest is not None and start <= newest.effective_from:
            message = (
                f"{newest} 自 {newest.effective_from} 起已发布且内容不同；已发布的不能改写，"
                "请把 valid.from 设为更晚的日期"
            )
            self.problems.append(Problem(file, line, item.key, message))
            return True
        if newest is not None and (newest.effective_to is None or newest.effective_to >= start):
            newest.effective_to = start - timedelta(days=1)
            newest.save(update_fields=["effective_to"])
        return False

    def _version(self, item: BenefitItem, rows: list[ItemVersion], file: str) -> ItemVersion:
        assert item.effective_from is not None
        return ItemVersion(
            key=item.key,
            version=max((row.version for row in rows), default=0) + 1,
            policy=self.rows[item.policy],
            content=item.content,
            hash=item.hash,
            effective_from=item.effective_from,
            effective_to=item.effective_to,
            source=FILE,
            file=Path(file).name,
            published_at=self.now,
        )
