"""``{% load construction %}``: the days that a project has used, as a bar with its light."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from yishi.systems.construction.pages.listing import LIGHTS
from yishi.systems.construction.states import STATES

register = template.Library()


@register.simple_tag
def days_bar(used: int, limit: int, light: str = "") -> SafeString:
    """``{% days_bar used limit light %}``: a meter that says itself in words."""
    over = used - limit
    words = gettext("%(used)d / %(limit)d") % {"used": used, "limit": limit}
    if over > 0:
        words += gettext("，超 %(n)d") % {"n": over}
    return format_html(
        '<span class="days days-{}"><progress max="{}" value="{}" aria-label="{}"></progress>'
        '<span class="days-words">{}</span>{}</span>',
        light or "none",
        max(1, limit),
        min(used, max(1, limit)),
        words,
        words,
        format_html(' <span class="lamp lamp-{}">{}</span>', light, LIGHTS[light])
        if light in LIGHTS
        else "",
    )


@register.simple_tag
def state_of(state: str) -> str:
    """A project's state in words."""
    return gettext(STATES[state].label)
