"""A report that is left open for a day, then gone on with or given up."""

import pytest
from fixtures.hotline import Reporter
from fixtures.services import SERVICES

from desk.texts.catalogs import Catalogs

DONE = (None, None)
ASKS_PLACE, ASKS_PHONE = ("report_problem", "place"), ("report_problem", "phone")


@pytest.fixture
def resident(catalogs: Catalogs) -> Reporter:
    return Reporter(catalogs, SERVICES)


@pytest.mark.parametrize(("pause", "asks"), [({"days": 1}, ASKS_PHONE), ({"days": 8}, ASKS_PLACE)])
async def test_after_a_day_it_goes_on_without_what_is_personal(
    resident: Reporter, pause: dict[str, float], asks: tuple[str, str]
) -> None:
    """The place is still known when it is taken up again, the telephone is asked again; a week later all is."""
    await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    resident.wait(**pause)
    said = await resident.say("你好", "greet")
    assert resident.state == DONE
    assert "还没有办完" in said
    said = await resident.take(resident.pressing("/report_problem"))
    assert resident.state[0] == "report_problem"
    if asks is ASKS_PHONE:
        assert resident.state == asks
        assert "8000" not in said
    else:
        assert resident.state[1] != "phone"


async def test_what_was_shelved_is_gone_after_cancel(resident: Reporter) -> None:
    """Who does not want it begins anew."""
    await resident.tell("文三路学院路口路灯不亮了", place="文三路学院路口")
    resident.wait(days=1)
    await resident.say("不用了", "cancel")
    await resident.take(resident.pressing("/report_problem"))
    assert resident.state[1] != "phone"
