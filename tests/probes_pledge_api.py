"""What is asked of the API of licences by pledge: nobody moves or reads a foreign case."""

from __future__ import annotations

from tests.probe import Probe

_CASE = "/api/v1/pledge-cases/{number}"
_HASH = "0" * 64

PLEDGE_API: dict[str, Probe] = {
    "api-v1:get_pledge_list": Probe(
        own=("/api/v1/pledge-licences",), open=("/api/v1/pledge-licences",)
    ),
    "api-v1:post_pledge": Probe(closed=('POST /api/v1/pledge-cases {{"licence": "{number}"}}',)),
    "api-v1:get_pledge": Probe(closed=(_CASE,)),
    "api-v1:get_pledge_text": Probe(closed=(f"{_CASE}/text",)),
    "api-v1:post_pledge_signature": Probe(
        closed=(f'POST {_CASE}/signature {{{{"shown_hash": "{_HASH}", "agreed": []}}}}',)
    ),
    "api-v1:post_pledge_ordinary": Probe(closed=(f"POST {_CASE}/ordinary {{{{}}}}",)),
    "api-v1:post_pledge_receipt": Probe(closed=(f"POST {_CASE}/receipt {{{{}}}}",)),
}
