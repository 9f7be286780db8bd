"""Many items over many enterprises: one row with every reason, columns, streams, Spark, Polars.

All paths give TRUE, FALSE or UNKNOWN for every item and every condition, and the same fen.
"""

from __future__ import annotations

from yishi.foundation.rulebook.engine.book import Book, Item, missing
from yishi.foundation.rulebook.engine.carried import book_content, book_from_content
from yishi.foundation.rulebook.engine.changes import Change, Changes, match_rows
from yishi.foundation.rulebook.engine.matching import match
from yishi.foundation.rulebook.engine.one import ItemOutcome, match_one
from yishi.foundation.rulebook.engine.previewing import Near, Preview, preview
from yishi.foundation.rulebook.engine.result import Match
from yishi.foundation.rulebook.engine.streaming import stream

__all__ = [
    "Book",
    "Change",
    "Changes",
    "Item",
    "ItemOutcome",
    "Match",
    "Near",
    "Preview",
    "book_content",
    "book_from_content",
    "match",
    "match_one",
    "match_rows",
    "missing",
    "preview",
    "stream",
]
