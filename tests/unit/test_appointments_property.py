"""Appointments under random faults: one form is one booking and none is lost, whatever happens to commands and answers.

`CITYDESK_STORIES=300 pytest tests/unit/test_appointments_property.py` tells more stories than the usual fifteen.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

from fixtures.booking import MAN, NEXT_FRIDAY, NEXT_WEDNESDAY, TIMES, WOMAN, Applicant, id_number
from fixtures.services import SERVICES
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from actions.backends.appointments import Slot
from actions.kinds.appointment.commands import keys_of
from desk.texts.catalogs import Catalogs

STORIES = int(os.environ.get("CITYDESK_STORIES", "15"))
OTHER_WOMAN = id_number("19930607", male=False)

faults = st.lists(st.sampled_from(["", "before", "after", "down"]), max_size=3)
times = st.sampled_from(TIMES)
days = st.sampled_from([NEXT_WEDNESDAY, NEXT_FRIDAY])


class Bookings(RuleBasedStateMachine):
    """One resident and an agency that would book anything twice."""

    catalogs: Catalogs

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.resident = Applicant(self.catalogs, SERVICES)
        self.agency = self.resident.agency
        self.agency.careless = True

    def run(self, story: Coroutine[Any, Any, str]) -> None:
        self.runner.run(story)

    def say(self, text: str, intent: str, faults: list[str], *, dies: bool) -> None:
        """Say something while commands fail; if the worker dies, the turn comes again from the same memory."""
        self.agency.faults = list(faults)
        self.run(self.resident.say(text, intent))
        if dies:
            self.run(self.resident.repeat())
        self.agency.faults = []

    @initialize(day=days, time=times)
    def first_form(self, day: object, time: str) -> None:
        self.run(self.resident.fill(date=str(day), time=time))

    @rule(day=days, time=times, faults=faults, dies=st.booleans())
    def book(self, day: object, time: str, faults: list[str], dies: bool) -> None:
        self.run(self.resident.fill(date=str(day), time=time))
        self.say("确认", "affirm", faults, dies=dies)

    @rule(faults=faults, dies=st.booleans())
    def agree(self, faults: list[str], dies: bool) -> None:
        self.say("确认", "affirm", faults, dies=dies)

    @rule(faults=faults, dies=st.booleans())
    def disagree(self, faults: list[str], dies: bool) -> None:
        self.say("不", "deny", faults, dies=dies)

    @rule(faults=faults, dies=st.booleans())
    def stop(self, faults: list[str], dies: bool) -> None:
        self.say("算了", "cancel", faults, dies=dies)

    @rule(time=times, faults=faults)
    def correct_the_time(self, time: str, faults: list[str]) -> None:
        self.say(f"时间改成{time}", "correct", faults, dies=False)

    @rule(partner=st.sampled_from([WOMAN, OTHER_WOMAN]))
    def correct_a_person(self, partner: str) -> None:
        self.say(f"对方身份证号是{partner}", "correct", [], dies=False)

    @rule(day=days, time=times, faults=faults, dies=st.booleans())
    def move(self, day: object, time: str, faults: list[str], dies: bool) -> None:
        self.say(f"改到{day} {time}", "change_appointment", faults, dies=dies)

    @rule()
    def give_up(self) -> None:
        self.say("我要取消预约", "change_appointment", [], dies=False)

    @rule(time=times, day=days)
    def somebody_is_faster(self, time: str, day: object) -> None:
        slot = Slot(office="xihu", date=str(day), time=time)
        if slot not in [one.slot for one in self.agency.live]:
            self.agency.taken ^= {slot}

    @rule()
    def agency_is_silent_for_a_turn(self) -> None:
        self.agency.silent = True
        self.run(self.resident.say("确认", "affirm"))
        self.agency.silent = False
        self.resident.wait(minutes=6)

    @rule()
    def desk_looks(self) -> None:
        self.run(self.resident.look())

    @invariant()
    def every_booking_is_known_and_one_form_has_one(self) -> None:
        live = [key for key, one in self.agency.bookings.items() if one.status == "booked"]
        known = [key for case in self.resident.cases.values() if not case.over for key in keys_of(case)]
        assert sorted(set(live) - set(known)) == []
        assert len(known) == len(set(known))

    def teardown(self) -> None:
        """At last the agency is well, and the desk looks: what it keeps is what there is."""
        self.run(self.resident.look())
        live = {key: one.slot for key, one in self.agency.bookings.items() if one.status == "booked"}
        kept = {str(case.facts["key"]): case.facts for case in self.resident.cases.values() if not case.over}
        assert live.keys() == kept.keys()
        assert [(kept[key]["date"], kept[key]["time"]) for key in live] == [(s.date, s.time) for s in live.values()]
        held = [{one.id_number for one in self.agency.wishes[key].persons} for key in live]
        assert all(MAN in one for one in held)
        self.runner.close()


def test_no_story_books_twice_or_loses_a_booking(catalogs: Catalogs) -> None:
    """Lost answers, refusals, dying workers: each live booking is one form's, and the desk knows it."""
    Bookings.catalogs = catalogs
    run_state_machine_as_test(
        Bookings,
        settings=settings(
            max_examples=STORIES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


async def test_a_booking_of_a_worker_that_died_is_known_though_the_agency_then_fails(catalogs: Catalogs) -> None:
    """The dead worker had given the first persons' booking up and booked for the others; the turn that comes again is
    told nothing by the agency: the booking is found all the same.
    """
    resident = Applicant(catalogs, SERVICES)
    await resident.fill()
    resident.agency.faults = ["before"]
    await resident.say("确认", "affirm")
    await resident.say(f"对方身份证号是{OTHER_WOMAN}", "correct")
    resident.agency.faults = ["", "", "before"]
    await resident.say("确认", "affirm")
    await resident.repeat()
    await resident.look()
    assert [case.reference for case in resident.cases.values()] == [one.reference for one in resident.agency.live]
