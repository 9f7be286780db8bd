"""The desk of the unit that owns disputed data is told (parties know no messages)."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.messages.outbox import enqueue, message_row
from yishi.foundation.parties.models import DataTicket


def tell_owner(ticket: DataTicket, now: datetime) -> None:
    """Put a message on the owner's desk, in the ticket's transaction (1 statement)."""
    if ticket.unit_id is None:
        return
    due = ticket.due_at.astimezone(SHANGHAI)
    row = message_row(
        "data_ticket.opened",
        key=f"data_ticket:{ticket.id}",
        now=now,
        unit_id=ticket.unit_id,
        params={"label": ticket.label, "owner": ticket.owner, "due": f"{due:%Y-%m-%d}"},
        about_kind="data_ticket",
        about_id=ticket.id,
    )
    enqueue([row])
