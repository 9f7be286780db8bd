"""Formulas of derived facts: a small typed language written as an SQL expression.

sqlglot reads the text, `checking` allows only what is listed and types it, and three evaluators
walk the same typed tree: one row (`rows`), NumPy columns (`arrays`) and Polars (`frames`). UNKNOWN
in gives UNKNOWN out on each of them; nothing is cast, no code is run, no name but those declared
can be reached.
"""

from __future__ import annotations

from yishi.foundation.rulebook.formulas.formula import Derived, Formula, derived_from, parse

__all__ = ["Derived", "Formula", "derived_from", "parse"]
