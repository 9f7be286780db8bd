"""Addresses of parties, below ``/desk/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from yishi.faces.desk.parties import file, keeping, keeping_rights, search, tickets

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
    path("data-tickets/<uuid:ticket>/evidence", tickets.evidence, name="data-ticket-file"),
    path(
        "parties/<uuid:party>/papers/<uuid:paper>/",
        keeping_rights.paper_status,
        name="party-paper",
    ),
    path("parties/<uuid:party>/mandates/new/", keeping_rights.mandate_new, name="party-mandate"),
]
