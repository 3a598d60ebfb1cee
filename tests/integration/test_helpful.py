"""Was this guide helpful: who may say so, how often, what is kept of it, and who of the staff sees it."""

import csv
import io
from datetime import date

import pytest
from fixtures.desks import desks_at, hire
from fixtures.house import House
from fixtures.web import Site, serving

from desk.contract.staff import Grant, Role
from desk.sites import votes
from desk.store.database import transaction
from desk.web.origins import Origins

FRIEND, STRANGER = "https://www.example.gov.cn", "https://elsewhere.example"
LISTED = Origins(by_city={"hangzhou": frozenset({FRIEND})})
GUIDE = "/hangzhou/guides/id_card_lost"
DAY = date(2026, 11, 20)


async def press(site: Site, answer: str, path: str = GUIDE, **headers: str) -> tuple[int, str]:
    """Press a button of the form; status, and where it leads."""
    form = {"answer": answer, "lang": "en"}
    status, _, said = await site.ask("POST", f"{path}/helpful", data=form, headers=headers, allow_redirects=False)
    return status, said.get("Location", "")


async def test_the_page_asks_then_why_then_thanks(site: Site, house: House) -> None:
    """By a form alone, without a session: each press is counted under the guide's language, and leads back to it."""
    _, asked, headers = await site.ask("GET", f"{GUIDE}?lang=en")
    no, unclear, yes = [await press(site, one) for one in ("no", "unclear", "yes")]
    _, why, _ = await site.ask("GET", no[1])
    _, thanks, _ = await site.ask("GET", yes[1])
    assert (no, unclear) == (
        (303, f"{GUIDE}?lang=en&said=no#helpful"),
        (303, f"{GUIDE}?lang=en&said=thanks#helpful"),
    )
    assert ("Was this helpful?" in asked, "main reason" in why, "Thank you for telling us" in thanks) == (True,) * 3
    assert [one for one in votes.REASONS if f'value="{one}"' not in why] == []
    assert 'name="answer"' not in thanks
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    kept = await house.scalar("SELECT jsonb_object_agg(answer, count) FROM guide_votes WHERE locale = 'en'")
    assert kept == {"no": 1, "unclear": 1, "yes": 1}


@pytest.mark.parametrize(
    ("answer", "path", "headers", "status"),
    [
        ("yes", GUIDE, {"Origin": STRANGER}, 403),
        ("yes", GUIDE, {"Origin": FRIEND}, 403),  # a listed site has the chat, not our pages
        ("yes", GUIDE, {"Sec-Fetch-Site": "cross-site"}, 403),
        ("maybe", GUIDE, {}, 400),
        ("", GUIDE, {}, 400),
        ("yes", "/hangzhou/guides/atlantis", {}, 404),
        ("yes", "/atlantis/guides/id_card_lost", {}, 404),
    ],
)
async def test_nobody_else_s_page_answers(
    house: House, answer: str, path: str, headers: dict[str, str], status: int
) -> None:
    """What another site sends, what is no answer, and what is no guide: nothing is counted."""
    async with serving(house, origins=LISTED) as site:
        assert (await press(site, answer, path, **headers))[0] == status
    assert await house.scalar("SELECT count(*) FROM guide_votes") == 0


@pytest.mark.parametrize(
    ("sender", "guide", "answer", "status"),
    [
        (None, "id_card_lost", "yes", 204),
        (FRIEND, "id_card_lost", "outdated", 204),
        (STRANGER, "id_card_lost", "yes", 403),
        (None, "atlantis", "yes", 404),
        (None, "id_card_lost", "because of Mr Wang", 422),
    ],
)
async def test_the_chat_answers_from_listed_pages(
    house: House, sender: str | None, guide: str, answer: str, status: int
) -> None:
    """By one of the buttons' words; free text is none."""
    headers = {} if sender is None else {"Origin": sender}
    said = {"city": "hangzhou", "guide": guide, "locale": "zh_Hant", "answer": answer}
    async with serving(house, origins=LISTED) as site:
        found, _, _ = await site.ask("POST", "/chat/v1/helpful", json=said, headers=headers)
    assert found == status
    assert await house.scalar("SELECT count(*) FROM guide_votes") == (1 if status == 204 else 0)


async def test_one_address_does_not_answer_without_end(site: Site, house: House) -> None:
    """Beyond some dozens at once it is told to wait."""
    statuses = [(await press(site, "yes"))[0] for _ in range(60)]
    assert 429 in statuses
    assert await house.scalar("SELECT sum(count)::int FROM guide_votes") == statuses.count(303)


async def test_who_keeps_a_guide_sees_what_was_said(house: House) -> None:
    """Its agency, its city and trainers do, on the page and by day as CSV; another agency does not."""
    async with transaction(house.engine) as connection:
        for answer in ("yes", "no", "no", "outdated"):
            await votes.note(
                connection,
                day=DAY,
                city="hangzhou",
                guide="id_card_lost",
                locale="en",
                answer=answer,  # type: ignore[arg-type]
            )
    trainer = await hire(house.engine, "tr", Grant(Role.TRAINER))
    other = await hire(house.engine, "ot", Grant(Role.ANALYST, "hangzhou", "water"))
    asked = f"since={DAY}&until={DAY}&city=hangzhou"
    async with desks_at(house) as desks:
        async with desks.chair(trainer) as chair:
            page = await chair.get(f"/console/figures/guides?{asked}")
            file = await chair.get(f"/console/figures/guides.csv?{asked}")
        async with desks.chair(other) as chair:
            theirs = await chair.get(f"/console/figures/guides?{asked}")
    [line] = csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff")))
    assert (page.status, "Replacing a lost ID card" in page.text) == (200, True)
    assert (theirs.status, "Replacing a lost ID card" in theirs.text) == (200, False)
    said = [line[one] for one in ("Day", "Helpful", "Not helpful", "Wrong or out of date")]
    assert said == [str(DAY), "1", "2", "1"]
