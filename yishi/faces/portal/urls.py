"""The portal at the site's root: its own pages, and those of every system that has ``portal_urls``.

A system names the module in its AppConfig; the module has an ``app_name`` and addresses of its own.
"""

from __future__ import annotations

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from yishi.faces.portal import verifying, views
from yishi.faces.portal.account import mine, signing
from yishi.faces.portal.certificates import mine as my_certificates
from yishi.faces.portal.certificates import open as open_lists
from yishi.faces.portal.certificates import verifying as certificates

own = [
    path("", views.home, name="home"),
    path("help/", views.show_help, name="help"),
    path("verify/", verifying.verify, name="verify"),
    path("verify/<str:code>/", certificates.verify, name="verify-code"),
    path("certificates/issuer", open_lists.issuer, name="certificate-issuer"),
    path("certificates/status-list", open_lists.lists, name="status-lists"),
    path(
        "certificates/status-list/<str:purpose>/<int:number>",
        open_lists.status_list,
        name="status-list",
    ),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("account/", mine.mine, name="mine"),
    path("account/sign-in/", signing.sign_in, name="sign-in"),
    path("account/simulated/", signing.simulated, name="simulated"),
    path("account/demo/", signing.demo, name="demo"),
    path("account/sign-out/", signing.sign_out, name="sign-out"),
    path("account/acting/", signing.acting, name="acting"),
    path("account/certificates/", my_certificates.mine, name="certificates"),
    path("account/certificates/<uuid:certificate>/", my_certificates.one, name="certificate"),
    path(
        "account/certificates/<uuid:certificate>/file.<slug:kind>",
        my_certificates.file,
        name="certificate-file",
    ),
    path(
        "account/certificates/<uuid:certificate>/file.<slug:kind>.sm2",
        my_certificates.signature,
        name="certificate-signature",
    ),
    path(
        "account/certificates/<uuid:certificate>/credential.jwt",
        my_certificates.credential,
        name="certificate-credential",
    ),
    path("account/fields/<slug:key>/", mine.correct, name="correct"),
    path("account/mandates/new/", mine.mandate_new, name="mandate-new"),
    path("account/mandates/<uuid:mandate>/end/", mine.mandate_end, name="mandate-end"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((own, "portal")))]
for config in apps.get_app_configs():
    module = getattr(config, "portal_urls", "")
    if module:
        urlpatterns.append(path("", include(module)))
