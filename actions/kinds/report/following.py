"""How a report stands at its agency. Only reads."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.backends.open311 import Request
from actions.backends.references import Referenced
from actions.dialogue.state.turn import Turn
from actions.kinds.report.agency import ENGLISH, OWN, Agency, Sort
from actions.kinds.report.replies import about
from actions.kinds.report.submitting import HANDED_OVER, NOT_SENT, OPEN, UNKNOWN
from desk.contract.agency_commands import StatusAnswer
from desk.contract.errors import BackendNonsense
from desk.contract.messages import CaseNote, KeepCase, Text
from values.writing import has_han

CLOSED, NOT_RECEIVED = "closed", "not_received"
SAID = {
    OPEN: ("report.status_open", "report.status_open_notes"),
    CLOSED: ("report.status_closed", "report.status_closed_notes"),
}
GIVEN_UP = timedelta(hours=1)
"""So long after it was sent a report that the agency lists at once, and does not list, was not taken."""


async def status(agency: Agency, case: CaseNote, now: datetime) -> StatusAnswer:
    """Give a report as the agency has it now.

    Raises:
        BackendError: the agency's system failed.
    """
    if case.status == UNKNOWN:
        return await _unknown(agency, case, now)
    if case.status == NOT_SENT:
        return StatusAnswer(case=case, said=Text(key="report.status_not_sent"))
    if case.status == HANDED_OVER:
        return StatusAnswer(case=case, said=Text(key="report.status_handed_over"))
    token = str(case.facts.get("token") or "")
    number: str | None = case.reference
    if token and case.reference == token:
        number = await agency.server.id_of(token)
        if number is None:
            return StatusAnswer(case=case, said=Text(key="report.status_submitted"))
        case = case.model_copy(update={"reference": number, "status": OPEN})
    request = await agency.server.request(case.reference, OWN)
    if request is None:
        return StatusAnswer(case=case, said=Text(key="report.status_not_shown"))
    return await _stands(agency, case, request)


def adopted(service: str, turn: Turn, case: str, found: Referenced, sorts: Sequence[Sort]) -> KeepCase:
    """Make a case of a report that was made elsewhere.

    Raises:
        BackendNonsense: the agency does not say what was reported, and where.
    """
    sort = next((one for one in sorts if one.code == found.values.get("category")), None)
    place = found.values.get("place")
    if sort is None or place is None:
        raise BackendNonsense("The agency does not say what was reported, and where.")
    facts: dict[str, JsonValue] = {"key": found.key, "code": sort.code, "type": sort.type, "token": ""}
    return KeepCase(
        case=case,
        city=turn.city.slug,
        service=service,
        agency=turn.city.services[service].agency,
        kind="report",
        reference=found.reference,
        about=about(sort, place),
        facts={**facts, "sent_at": found.on},
        status=OPEN,
    )


async def _unknown(agency: Agency, case: CaseNote, now: datetime) -> StatusAnswer:
    sent_at = datetime.fromisoformat(str(case.facts["sent_at"]))
    request = await agency.server.find(str(case.facts["key"]), str(case.facts["code"]), sent_at)
    if request is not None:
        return await _stands(agency, case.model_copy(update={"reference": request.service_request_id}), request)
    if case.facts.get("type") == "realtime" and now - sent_at >= GIVEN_UP:
        gone = case.model_copy(update={"status": NOT_RECEIVED, "over": True})
        return StatusAnswer(case=gone, said=Text(key="report.status_not_received"))
    return StatusAnswer(case=case, said=Text(key="report.status_unknown"))


async def _stands(agency: Agency, case: CaseNote, request: Request) -> StatusAnswer:
    word = CLOSED if request.is_closed else OPEN
    stands = case.model_copy(update={"status": word, "over": request.is_closed})
    notes = request.status_notes
    bare, with_notes = SAID[word]
    if not notes:
        return StatusAnswer(case=stands, said=Text(key=bare))
    english = await agency.server.request(request.service_request_id, ENGLISH)
    return StatusAnswer(case=stands, said=Text(key=with_notes, args={"notes": _in_both(notes, english)}))


def _in_both(notes: str, english: Request | None) -> JsonValue:
    """The agency's note in its own words, and in English; where it has none, its language is said."""
    said = notes if english is None or not english.status_notes else english.status_notes
    return {"name": {"zh_Hans": notes, "en": f"(in Chinese) {said}" if has_han(said) else said}}
