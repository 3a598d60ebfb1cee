"""A further problem at the summary of the first."""

from pathlib import Path

import pytest
from fixtures.hotline import Reporter

from actions.services import load_services
from desk.i18n import Catalogs
from desk.messages import Locale

SERVICES = load_services(Path(__file__).parents[2] / "nlu")
SUMMARY = ("report_problem", None)


@pytest.fixture(scope="module")
def catalogs(catalogs_folder: Path) -> Catalogs:
    return Catalogs(catalogs_folder, strict=True)


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
