"""Addresses of accounts, keys, one's own account and rosters, below ``/desk/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from yishi.faces.desk import passkey_views, prove, provider, second
from yishi.faces.desk.people import exports, importing, me, officers, posts, programs, roster

urlpatterns: list[URLPattern] = [
    path("sign-in/second/", second.second, name="second"),
    path("sign-in/provider/", provider.start, name="provider"),
    path("sign-in/provider/back/", provider.back, name="provider-back"),
    path("sign-in/again/", prove.prove, name="prove"),
    path("passkeys/options/", passkey_views.sign_in_options, name="passkey-options"),
    path("passkeys/sign-in/", passkey_views.sign_in, name="passkey-sign-in"),
    path("passkeys/second/options/", passkey_views.second_options, name="passkey-second-options"),
    path("passkeys/second/", passkey_views.second, name="passkey-second"),
    path("passkeys/again/options/", passkey_views.prove_options, name="passkey-prove-options"),
    path("passkeys/again/", passkey_views.prove, name="passkey-prove"),
    path(
        "passkeys/register/options/",
        passkey_views.register_options,
        name="passkey-options-register",
    ),
    path("passkeys/register/", passkey_views.register, name="passkey-register"),
    path("welcome/<str:token>/", me.setup, name="setup"),
    path("me/", me.me, name="me"),
    path("me/password/", me.password, name="password"),
    path("me/generator/", me.generator, name="generator"),
    path("me/generator/off/", me.generator_off, name="generator-off"),
    path("me/recovery-codes/", me.recovery_codes, name="recovery-codes"),
    path("me/passkeys/<int:passkey>/remove/", me.passkey_remove, name="passkey-remove"),
    path("me/deputy/", me.deputy, name="deputy"),
    path("deputies/<int:deputyship>/end/", me.deputy_end, name="deputy-end"),
    path("accounts/", officers.officers, name="officers"),
    path("accounts/export/", exports.officers, name="officers-export"),
    path("accounts/new/", officers.new, name="officer-new"),
    path("accounts/<int:user>/", officers.officer, name="officer"),
    path("accounts/<int:user>/edit/", officers.edit, name="officer-edit"),
    path("accounts/<int:user>/posts/new/", posts.give, name="grant-new"),
    path("accounts/<int:user>/posts/<int:grant>/end/", posts.end_grant, name="grant-end"),
    path("accounts/<int:user>/link/", officers.setup_link, name="officer-link"),
    path("accounts/<int:user>/factors/", officers.reset_factors, name="officer-factors"),
    path("accounts/<int:user>/identity/", officers.identity, name="officer-identity"),
    path("accounts/<int:user>/deputy/", me.officer_deputy, name="officer-deputy"),
    path("units/", importing.units, name="units"),
    path("units/export/", exports.units, name="units-export"),
    path("tables/<slug:kind>/", importing.table, name="table"),
    path("tables/<slug:kind>/template.xlsx", importing.template, name="table-template"),
    path("programs/", programs.programs, name="programs"),
    path("programs/export/", exports.programs, name="programs-export"),
    path("programs/new/", programs.new, name="program-new"),
    path("programs/<int:program>/", programs.program, name="program"),
    path("programs/<int:program>/edit/", programs.edit, name="program-edit"),
    path("shifts/", roster.shifts, name="shifts"),
    path("shifts/export/", exports.shifts, name="shifts-export"),
    path("shifts/new/", roster.shift_new, name="shift-new"),
    path("shifts/<int:shift>/cancel/", roster.shift_cancel, name="shift-cancel"),
    path("shifts/<int:shift>/hand-over/", roster.hand_over, name="hand-over"),
    path("handovers/<int:handover>/take-over/", roster.take_over, name="take-over"),
]
