"""Services, requests and updates as the protocol writes them."""

from __future__ import annotations

from typing import Any

from yishi.faces.open311.answers import moment
from yishi.foundation.ui.open311 import Attribute, Published, Service, Update


def service(found: Service) -> dict[str, Any]:
    """A line of the service list."""
    return {
        "service_code": found.code,
        "service_name": found.name,
        "description": found.description,
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(found.keywords),
        "group": found.group,
    }


def definition(found: Service) -> dict[str, Any]:
    """A service definition."""
    attributes = [
        _attribute(attribute, order) for order, attribute in enumerate(found.attributes, start=1)
    ]
    return {"service_code": found.code, "attributes": attributes}


def _attribute(found: Attribute, order: int) -> dict[str, Any]:
    written: dict[str, Any] = {
        "variable": found.variable,
        "code": found.code,
        "datatype": found.datatype,
        "required": found.required,
        "datatype_description": found.hint or None,
        "order": order,
        "description": found.description,
    }
    if found.automated:
        written["automated"] = found.automated
    if found.values:
        written["values"] = [{"key": key, "name": name} for key, name in found.values]
    return written


def request(found: Published, *, extensions: bool) -> dict[str, Any]:
    """A request; *extensions* adds what only this endpoint knows."""
    written: dict[str, Any] = {
        "service_request_id": found.number,
        "status": "closed" if found.closed else "open",
        "status_notes": found.notes or None,
        "service_name": found.service_name,
        "service_code": found.service_code,
        "description": found.words,
        "agency_responsible": found.agency or None,
        "service_notice": None,
        "requested_datetime": moment(found.requested_at),
        "updated_datetime": moment(found.updated_at),
        "expected_datetime": moment(found.expected_at) if found.expected_at else None,
        "address": found.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": found.lat,
        "long": found.lon,
        "media_url": None,
    }
    if extensions:
        written["extended_attributes"] = dict(found.more)
    return written


def update(found: Update) -> dict[str, Any]:
    """An update of a request."""
    return {
        "update_id": found.id,
        "service_request_id": found.number,
        "status": "closed" if found.closed else "open",
        "updated_datetime": moment(found.at),
        "description": found.words,
        "media_url": None,
    }
