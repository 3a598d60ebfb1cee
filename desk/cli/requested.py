"""What became of a request, as commands say it."""

from typing import Any

from desk.staff.rows import RequestRow


def request_json(one: RequestRow) -> dict[str, Any]:
    """A request, for scripts."""
    return {
        "request": one.id,
        "kind": one.kind,
        "of": one.subject,
        "city": one.city or None,
        "agency": one.agency or None,
        "what": dict(one.what),
        "reason": one.reason,
        "asked_by": one.requested_by,
        "asked_at": one.requested_at.isoformat(timespec="seconds"),
        "good_until": one.good_until.isoformat(timespec="seconds"),
        "state": one.state,
        "decided_by": one.decided_by,
    }


def request_said(one: RequestRow) -> str:
    """What became of a request, for people."""
    if one.state == "open":
        return f"Asked for as request {one.id}: another has to allow it (desk request allow {one.id})."
    return f"{one.kind} of {one.subject}: {one.state}."
