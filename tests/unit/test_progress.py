"""What is read out of a dialogue's state: as the dialogue writes it."""

from datetime import UTC, datetime

from pydantic import JsonValue

from actions.dialogue.state.session import VERSION, Frame, Question, Session
from actions.kinds.report.agency import Sort
from desk.city.files import Names
from desk.contract.messages import Reply
from desk.contract.progress import begun_in
from desk.tickets.filled import filled_in

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def test_progress_reads_what_the_dialogue_writes() -> None:
    """The service in front first, with its values and what is asked for; those that are over are not among them."""
    asked = Question("phone", Reply(key="travel_permit.ask_phone"), field="contact")
    front = Frame("b-1", "b", NOW, values={"district": "xihu"}, question=asked)
    session = Session(NOW, open=(Frame("a-1", "a", NOW), front), finished=(Frame("c-1", "c", NOW, finished=True),))
    state = {"version": 1, "slots": {"session": session.to_json(), "service": "b"}, "turns": []}
    found = begun_in(state)
    assert found is not None
    assert [one.service for one in found] == ["b", "a"]
    assert (found[0].values, found[0].question and found[0].question.field) == ({"district": "xihu"}, "contact")
    assert VERSION == 1


def test_progress_of_another_version_is_unknown() -> None:
    """It is not guessed at; nothing remembered is no progress."""
    assert begun_in({"version": 2}) is None
    assert begun_in(None) == ()
    assert begun_in({"version": 1, "slots": {}}) == ()


def test_filled_values_are_masked() -> None:
    """As the conversation is; a place that was shared is named as such, and what is skipped has no value."""
    values = {"phone": "13800138000", "where": "geo:30.25,120.15", "mail": "", "one_time_code": "123456"}
    state = {"version": 1, "slots": {"session": Session(NOW, open=(Frame("a", "a", NOW, values=values),)).to_json()}}
    for masks, seen in (
        (True, ["****8000", "[location]", None, "****"]),
        (False, ["13800138000", "geo:30.25,120.15", None, "****"]),
    ):
        found = filled_in(state, masks=masks)
        assert found is not None
        assert [one.value for one in found[0].values] == seen


def test_a_category_is_called_as_its_agency_calls_it() -> None:
    """By the names that a report remembers beside its code; another code, or none remembered, stays as it is."""
    names = Names(zh_Hans="路灯故障", en="Street light")
    kept: dict[str, JsonValue] = {"sort": Sort("001", names, (), "", "realtime", asks=False).kept()}
    for code, shown, called in (
        ("001", kept, "Street light"),
        ("002", kept, None),
        ("001", {}, None),
        ("001", {"sort": "001"}, None),
    ):
        frame = Frame("a", "report_problem", NOW, values={"category": code, "place": "001"}, shown=shown)
        found = filled_in({"version": 1, "slots": {"session": Session(NOW, open=(frame,)).to_json()}}, masks=True)
        assert found is not None
        category, place = found[0].values
        assert (category.value, category.names and category.names["en"], place.names) == (code, called, None)
