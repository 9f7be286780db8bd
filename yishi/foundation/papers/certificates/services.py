"""What other packages use of certificates, in one place.

from yishi.foundation.papers.certificates import services as certificates
"""

from __future__ import annotations

from yishi.foundation.papers.certificates.changing import (
    StatusChange,
    lapse_expired,
    register_status_listener,
    set_status,
)
from yishi.foundation.papers.certificates.files import KINDS, SignedFile, pdf, signed_file
from yishi.foundation.papers.certificates.inputs import (
    CertificateField,
    CertificateInput,
    Holder,
    holder_of,
)
from yishi.foundation.papers.certificates.issuing import (
    Planned,
    issue,
    plan_issue,
    renew,
    write,
)
from yishi.foundation.papers.certificates.queueing import queue_files
from yishi.foundation.papers.certificates.reading import (
    Verified,
    components_of,
    find,
    history,
    lines_of,
    newest,
    of_party,
    open_holder,
    shown_holder,
    verify,
)
from yishi.foundation.papers.certificates.states import Standing, standing

__all__ = [
    "KINDS",
    "CertificateField",
    "CertificateInput",
    "Holder",
    "Planned",
    "SignedFile",
    "Standing",
    "StatusChange",
    "Verified",
    "components_of",
    "find",
    "history",
    "holder_of",
    "issue",
    "lapse_expired",
    "lines_of",
    "newest",
    "of_party",
    "open_holder",
    "pdf",
    "plan_issue",
    "queue_files",
    "register_status_listener",
    "renew",
    "set_status",
    "shown_holder",
    "signed_file",
    "standing",
    "verify",
    "write",
]
