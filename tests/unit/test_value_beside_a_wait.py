"""What is asked for counts, whatever else the message says: a moment that is asked for in front of it."""

import pytest
from fixtures.booking import HOSPITAL, MAN, Applicant
from fixtures.services import SERVICES

from desk.texts.catalogs import Catalogs


@pytest.mark.parametrize("text", ["稍等", f"稍等 {MAN}"])
async def test_a_moment_is_given_only_where_nothing_is(catalogs: Catalogs, text: str) -> None:
    """Who gives the number in the same message waits for nothing."""
    patient = Applicant(catalogs, SERVICES, HOSPITAL)
    await patient.see_doctor()
    await patient.say("不对，我的身份证号错了", "correct")
    assert patient.state == (HOSPITAL, "id_number")
    patient.commands = (("wait", 0.95),)
    await patient.say(text, "nlu_fallback")
    assert (patient.state == (HOSPITAL, "id_number")) is (text == "稍等")
