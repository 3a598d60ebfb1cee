"""A new bill of any agency is data alone: what the scaffolder writes is looked up and offered to pay."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.grown import NAMES, copied, example
from fixtures.grown_talk import Grown, running

from desk.contract.messages import OpenOrder
from desk.contract.proving import Tried
from desk.contract.wire import Locale
from desk.texts.catalog_files import catalog_problems
from tools.scaffold.service import make_service

CITY, MADE = "hangzhou", NAMES["bill"]
SEVERAL, NOTHING, UNKNOWN = "71640925", "53019728", "99999999"  # as the scaffolder's templates have them


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Grown]:
    """A copy of the product in which `desk new service --kind bill` was told of the existing city."""
    make_service(copied(tmp_path), example("bill", CITY))
    assert catalog_problems(tmp_path / "locales") == []
    async with running(tmp_path, tmp_path / "sandbox" / "data", CITY, MADE) as product:
        yield product


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_from_the_wish_to_the_order(made: Grown, locale: Locale) -> None:
    """The account is asked for, what is due is shown whole, and "pay" opens the order for it."""
    talk, facts = replace(made.talk, locale=locale), made.facts
    await talk.say("charges", MADE)
    said = await talk.say(facts[f"{MADE}_account_number"], account_number=facts[f"{MADE}_account_number"])
    assert talk.asked == ["account_number", None]
    assert facts[f"{MADE}_amount"] in said
    paid = await talk.say("pay", "pay")
    [order] = [one for one in talk.effects if isinstance(one, OpenOrder)]
    assert (order.service, order.amount) == (MADE, facts[f"{MADE}_amount"])
    assert f"/pay/{order.order}" in paid


async def test_what_is_late_and_what_has_no_day_are_told_apart(made: Grown) -> None:
    """The newest first; both together are the sum."""
    await made.talk.say("charges", MADE)
    said = await made.talk.say(SEVERAL, account_number=SEVERAL)
    assert said.index("41.00") < said.index("27.80")
    assert [part for part in ("68.80", "未注明缴款期限", "已于2026年8月31日到期") if part not in said] == []


@pytest.mark.parametrize(("number", "shown", "right"), [(NOTHING, "没有待缴费用", True), (UNKNOWN, "没有查到", False)])
async def test_nothing_due_and_nobody_known(made: Grown, number: str, shown: str, right: bool) -> None:
    """Who guesses numbers is counted by the number: nothing proves it."""
    await made.talk.say("charges", MADE)
    said = await made.talk.say(number, account_number=number)
    assert shown in said
    tried = [one for one in made.talk.effects if isinstance(one, Tried)]
    assert [(one.what, one.subject, one.right) for one in tried] == [("account", number, right)]
