"""What a `POST /requests` says, checked against the city's categories."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sandbox.open311.documents import ReportError
from sandbox.open311.seed import AttributeData, Hotline

DESCRIPTION = 4_000
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\])?\Z")


def report(form: Sequence[tuple[str, str]], hotline: Hotline) -> dict[str, Any]:
    """The fields of a report.

    Raises:
        ReportError: it is not to be taken.
    """
    given = {name: value.strip() for name, value in form if value.strip()}
    if hotline.api_key is not None and given.get("api_key") != hotline.api_key:
        raise ReportError(403, "Missing or invalid api_key.")
    code = given.get("service_code")
    if code is None:
        raise ReportError(400, "service_code is missing.")
    category = hotline.category(code)
    if category is None:
        raise ReportError(404, f"There is no service_code {code}.")
    attributes: dict[str, list[str]] = {}
    for name, value in form:
        if (match := ATTRIBUTE.match(name)) and value.strip():
            attributes.setdefault(match[1], []).append(value.strip())
    for one in category.attributes:
        _check(one, attributes.get(one.code, []))
    if hotline.needs_phone and "phone" not in given:
        raise ReportError(400, "phone is missing.")
    description = given.get("description", "")
    if len(description) > DESCRIPTION:
        raise ReportError(400, f"description is longer than {DESCRIPTION} characters.")
    media_url = given.get("media_url")
    if media_url is not None and urlsplit(media_url).scheme not in ("http", "https"):
        raise ReportError(400, "media_url is no address.")
    key = attributes.get(hotline.key_attribute or "", [None])[0]
    return {
        "service_code": code,
        "description": description,
        "phone": given.get("phone"),
        "media_url": media_url,
        "attributes": attributes,
        "key": key,
        **_place(given),
    }


def _place(given: Mapping[str, str]) -> dict[str, Any]:
    if "lat" in given and "long" in given:
        try:
            lat, long = float(given["lat"]), float(given["long"])
        except ValueError as exc:
            raise ReportError(400, "lat and long are no numbers.") from exc
        if not (-90 <= lat <= 90 and -180 <= long <= 180):
            raise ReportError(400, "lat and long are no place on earth.")
        return {"lat": lat, "long": long}
    address = given.get("address_string") or given.get("address_id")
    if address is None:
        raise ReportError(400, "A location is missing: lat and long, address_string or address_id.")
    return {"address": address}


def _check(attribute: AttributeData, values: Sequence[str]) -> None:
    if attribute.required and not values:
        raise ReportError(400, f"attribute[{attribute.code}] is missing.")
    known = {one.key for one in attribute.values}
    if attribute.values and not known.issuperset(values):
        raise ReportError(400, f"attribute[{attribute.code}] has no such value.")
    if attribute.datatype == "singlevaluelist" and len(values) > 1:
        raise ReportError(400, f"attribute[{attribute.code}] takes one value.")
