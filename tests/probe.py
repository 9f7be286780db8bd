"""What is asked of every address: once on one's own data, once on somebody else's.

A new address without an entry here fails ``test_scope_matrix`` and ``test_statement_ledger``.

``own``: what the ledger visits, GET unless it begins with another method; empty when it makes no
page. ``closed``: requests on foreign data that must be refused. ``open``: requests that may be
answered, but with nothing foreign in the answer. ``public``: requests whose answers may name a
foreign case by its number, but tell nothing that a reporter wrote. Words in braces are filled in
from the world: ``number``, ``paper``, ``clock``, ``report`` … of the own or of the foreign case.
After the address may stand a body: a form (``a=1&b=2``) or JSON.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """One address."""

    own: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    public: tuple[str, ...] = ()


def page(path: str) -> Probe:
    """A page without data of cases: it is visited, and must stay without."""
    return Probe(own=(path,), open=(path,))


def export(path: str, *queries: str) -> Probe:
    """A list as a file, narrowed by each of *queries*: the file is looked into."""
    asked = [f"{path}{query}" for query in queries or ("",)]
    opened = (text for one in asked for text in (one, f"POST {one} purpose=周例会"))
    return Probe(own=(asked[0],), open=tuple(opened))


def draft(step: str) -> Probe:
    """A page of a report that somebody else is filling in."""
    path = f"/report/{{draft}}/{step}"
    return Probe(own=(path,), open=(path, f"POST {path} act=next"))
