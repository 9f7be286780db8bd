"""Following a case (placeholder until items are there)."""
from __future__ import annotations
from django.http import HttpResponse
def enter(request): return HttpResponse("x")
progress=correct=supply=withdraw=stuck=rate=file=enter
