"""Addresses of parties, below ``/desk/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from yishi.faces.desk.parties import file, keeping, search, tickets

urlpatterns: list[URLPattern] = [
    path("parties/", search.search, name="parties"),
    path("parties/<uuid:party>/", file.party, name="party"),
    path("parties/<uuid:party>/reveal/", file.reveal, name="party-reveal"),
    path("parties/<uuid:party>/merge/", keeping.merge, name="party-merge"),
    path("parties/merges/<int:merge>/undo/", keeping.merge_undo, name="party-merge-undo"),
    path("parties/<uuid:party>/succession/", keeping.succession, name="party-succession"),
    path("parties/<uuid:party>/name/", keeping.rename, name="party-name"),
    path("parties/<uuid:party>/numbers/new/", keeping.identifier_new, name="party-number-new"),
    path(
        "parties/<uuid:party>/numbers/<uuid:identifier>/end/",
        keeping.identifier_end,
        name="party-number-end",
    ),
    path("data-tickets/", tickets.tickets, name="data-tickets"),
    path("data-tickets/export/", tickets.export, name="data-tickets-export"),
    path("data-tickets/<uuid:ticket>/", tickets.ticket, name="data-ticket"),
]
