"""The parties of a case on its page: a panel for systems that have them (``CaseView.panels``)."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.models import CaseParty
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.ui.desk import Look, Panel

ROLE_LABELS = {
    "applicant": _("申请人"),
    "co_applicant": _("共同申请人"),
    "agent": _("经办人"),
    "legal_representative": _("法定代表人"),
}


def parties_panel(look: Look, labels: dict[str, str] | None = None) -> Panel:
    """Who takes part, with the way to each file (1 statement); *labels* of the system's roles."""
    rows = CaseParty.objects.visible_to(look.actor).filter(case_id=look.case.id)
    known = {**ROLE_LABELS, **(labels or {})}
    lines = [
        (str(known.get(row.role, row.role)), shown_name(row.party.file), row.party.file_id)
        for row in rows.select_related("party__file").order_by("pk")
    ]
    context = {"lines": lines, "number": look.case.number}
    return Panel("parties", gettext("当事主体"), "ui/parts/case_parties.html", context, side=True)
