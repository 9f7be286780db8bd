"""The city's vocabulary and items without a database, for tests of the form."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from yishi.systems.direct_benefits.policies.facts import Declared, read_declared
from yishi.systems.direct_benefits.policies.folder import Folder, read_folder
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary, vocabulary_of

POLICIES = Path(__file__).parents[5] / "cities" / "xiangyang" / "policies"


@lru_cache(maxsize=1)
def folder() -> Folder:
    """Everything that the city says."""
    return read_folder(POLICIES)


@lru_cache(maxsize=1)
def declared() -> Declared:
    """The declared facts, derived facts and parameters."""
    return read_declared(POLICIES)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The same as the studio takes it."""
    return vocabulary_of(declared())
