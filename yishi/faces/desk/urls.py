"""Addresses of the desk. What systems and packages (``desk_urls`` of their AppConfig) add comes
first, so that no move's name can hide it."""

from __future__ import annotations

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from yishi.faces.desk import (
    batches,
    calendars,
    case,
    dossier,
    exports,
    guide,
    home,
    inbox,
    kpis,
    lists,
    moves,
    partner_exports,
    partners,
    sign_in,
)
from yishi.faces.desk.certificates import urls as certificates
from yishi.faces.desk.parties import urls as parties
from yishi.faces.desk.people import urls as people
from yishi.foundation.ui.desk import systems

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/demo/", sign_in.demo, name="demo"),
    *people.urlpatterns,
    *parties.urlpatterns,
    *certificates.urlpatterns,
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("help/", guide.show_help, name="help"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read, name="inbox-read"),
    path("inbox/export/", exports.inbox, name="inbox-export"),
    path("inbox/outside/", inbox.outside, name="inbox-outside"),
    path("partners/", partners.partners, name="partners"),
    path("partners/export/", partner_exports.partners, name="partners-export"),
    path("partners/<slug:key>/export/", partner_exports.outgoing, name="partner-export"),
    path("partners/<slug:key>/", partners.partner, name="partner"),
    path("partners/<slug:key>/act/", partners.act, name="partner-act"),
    path("work/", lists.work, name="work"),
    path("work/<slug:duty>/", lists.work, name="work-duty"),
    path("work/<slug:duty>/batch/", batches.batch, name="batch"),
    path("work/<slug:duty>/export/", exports.work, name="work-export"),
    path("cases/", lists.cases, name="cases"),
    path("cases/export/", exports.cases, name="cases-export"),
    path("kpis/", kpis.kpis, name="kpis"),
    path("exports/", exports.log, name="exports"),
    path("exports/export/", exports.log_export, name="exports-export"),
    path("calendar/", calendars.subscription, name="calendar"),
    path("calendar/<str:token>.ics", calendars.feed, name="calendar-feed"),
    path("areas.json", case.areas, name="areas"),
    *(path("", include(system.urls)) for system in systems() if system.urls),
    *(
        path("", include(module))
        for config in apps.get_app_configs()
        if (module := getattr(config, "desk_urls", ""))
    ),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/dossier.pdf", dossier.dossier, name="dossier"),
    path("cases/<str:number>/clocks/<int:clock>/", case.clock, name="clock"),
    path("cases/<str:number>/papers/<uuid:paper>/", case.paper, name="paper"),
    path("cases/<str:number>/<slug:move>/", moves.move, name="move"),
]
