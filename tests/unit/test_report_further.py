"""A further problem at the summary of the first."""

import pytest
from fixtures.hotline import Reporter
from fixtures.services import SERVICES

from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

SUMMARY = ("report_problem", None)


@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "再报一个，学院路有个大坑", "一次办一件"),
        ("zh_Hant", "仲有一件事要報，學院路有個窿", "一次辦一件"),
        ("en", "another one: a pothole on Xueyuan Road", "One at a time"),
    ],
)
async def test_a_further_problem_waits_until_this_one_is_confirmed(
    catalogs: Catalogs, locale: Locale, text: str, part: str
) -> None:
    """At the summary nothing of the first is overwritten by the second."""
    resident = Reporter(catalogs, SERVICES, locale=locale)
    await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    await resident.say("skip", "deny")
    said = await resident.say(text, "report_problem", place="学院路")
    assert part in said
    assert resident.state == SUMMARY
    assert "文三路" in said
