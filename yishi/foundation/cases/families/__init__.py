"""Families: a parent case starts members in order, is told of each, and is done when they are."""

from yishi.foundation.cases.families.contexts import Contexts, register_context
from yishi.foundation.cases.families.dates import Dates, Step, plan_dates
from yishi.foundation.cases.families.edges import CycleError, Edge, EdgeKind, Link, in_order, met
from yishi.foundation.cases.families.moving import Family, advance_member, locked
from yishi.foundation.cases.families.starting import Member, start

__all__ = [
    "Contexts",
    "CycleError",
    "Dates",
    "Edge",
    "EdgeKind",
    "Family",
    "Link",
    "Member",
    "Step",
    "advance_member",
    "in_order",
    "locked",
    "met",
    "plan_dates",
    "register_context",
    "start",
]
