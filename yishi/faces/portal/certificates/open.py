"""What programs read without an account: status lists of credentials, and the issuer's keys."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from yishi.foundation.papers.certificates import credentials

JWT = "application/vc+jwt"


@never_cache
@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """The addresses of all status lists."""
    numbers = credentials.list_numbers()
    found = {
        purpose: [credentials.list_address(purpose, number) for number in numbers]
        for purpose in credentials.PURPOSES
    }
    return JsonResponse({"issuer": credentials.issuer_address(), "lists": found})


@never_cache
@require_safe
def status_list(request: HttpRequest, purpose: str, number: int) -> HttpResponse:
    """One status list as it stands now (2 statements)."""
    if purpose not in credentials.PURPOSES or number not in credentials.list_numbers():
        raise Http404
    said = credentials.status_list(purpose, number, timezone.now())
    return HttpResponse(said, content_type=JWT)


@never_cache
@require_safe
def issuer(request: HttpRequest) -> HttpResponse:
    """The public keys, as a controlled identifier document."""
    found = credentials.issuer_document()
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})
