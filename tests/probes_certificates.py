"""What is asked of the addresses of certificates (see `tests.probes`). The certificate of a case's
applicant is a person's: its own page is the holder's, the register's are those in scope."""

from __future__ import annotations

from tests.probe import Probe

_DESK = "/desk/certificates/{certificate}/"
_MINE = "/account/certificates/{certificate}/"
_API = "/api/v1/certificates/{certificate_id}"
#: What the public page may tell whoever has the code: as part of the question it counts as known.
_TOLD = "?n={certificate_number}&i={certificate_id}"

CERTIFICATES: dict[str, Probe] = {
    "desk:certificates": Probe(
        own=("/desk/certificates/", "/desk/certificates/?q={certificate_number}"),
        open=(
            "/desk/certificates/",
            "/desk/certificates/?q={certificate_number}",
            "/desk/certificates/?q={certificate_id}",
            "/desk/certificates/?q={certificate_code}",
            "/desk/certificates/?status=valid&kind=只此",
        ),
    ),
    "desk:certificates-export": Probe(
        own=("/desk/certificates/export/",),
        open=("/desk/certificates/export/", "POST /desk/certificates/export/ purpose=周例会"),
    ),
    "desk:certificate": Probe(own=(_DESK,), closed=(_DESK,)),
    "desk:certificate-status": Probe(
        own=(f"{_DESK}status/",),
        closed=(f"{_DESK}status/", f"POST {_DESK}status/ status=revoked&reason=x"),
    ),
    "desk:certificate-file": Probe(
        own=(f"{_DESK}file.pdf",), closed=(f"{_DESK}file.pdf", f"{_DESK}file.ofd")
    ),
    # The public page tells whoever has the code; of people it masks the name.
    "portal:verify-code": Probe(
        own=("/verify/{certificate_code}/",),
        closed=("/verify/{number}/", "POST /verify/{number}/ x=1"),
        open=(f"/verify/{{certificate_code}}/{_TOLD}",),
    ),
    "portal:certificate-issuer": Probe(
        own=("/certificates/issuer",), open=("/certificates/issuer",)
    ),
    "portal:status-lists": Probe(
        own=("/certificates/status-list",), open=("/certificates/status-list",)
    ),
    "portal:status-list": Probe(
        own=("/certificates/status-list/revocation/0",),
        open=("/certificates/status-list/revocation/0", "/certificates/status-list/suspension/0"),
        closed=("/certificates/status-list/x/0", "/certificates/status-list/revocation/99"),
    ),
    "portal:certificates": Probe(own=("/account/certificates/",), open=("/account/certificates/",)),
    "portal:certificate": Probe(own=(_MINE,), closed=(_MINE,)),
    "portal:certificate-file": Probe(
        own=(f"{_MINE}file.pdf",), closed=(f"{_MINE}file.pdf", f"{_MINE}file.ofd")
    ),
    "portal:certificate-signature": Probe(
        own=(f"{_MINE}file.pdf.sm2",), closed=(f"{_MINE}file.pdf.sm2",)
    ),
    "portal:certificate-credential": Probe(
        own=(f"{_MINE}credential.jwt",), closed=(f"{_MINE}credential.jwt",)
    ),
    "api-v1:verify_certificate": Probe(
        own=("/api/v1/certificates/verify/{certificate_code}",),
        closed=("/api/v1/certificates/verify/{number}",),
        open=(f"/api/v1/certificates/verify/{{certificate_code}}{_TOLD}",),
    ),
    "api-v1:get_certificates": Probe(
        own=("/api/v1/certificates?number={certificate_number}",),
        open=("/api/v1/certificates", "/api/v1/certificates?number={certificate_number}"),
    ),
    "api-v1:get_certificate": Probe(own=(_API,), closed=(_API,)),
    "api-v1:post_certificate_status": Probe(
        closed=(f'POST {_API}/status {{{{"status": "revoked", "reason": "x"}}}}',)
    ),
}
