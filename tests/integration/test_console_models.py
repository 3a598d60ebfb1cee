"""The console's pages of models: what they show, do, and refuse. Real stores, no browser."""

from fixtures.desks import FILES
from fixtures.house import House
from fixtures.tickets import CLERK, seated
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.store.database import transaction
from desk.teaching.course import Course, Fault

PATH = "/console/teaching/models"
TRAINER = Grant(Role.TRAINER)
FIGURES = {
    "turns": 1000,
    "right": 0.912,
    "sure": 0.8,
    "right_where_sure": 0.97,
    "asked_back": {"share": 0.1},
    "calibration": {"error": 0.02},
}


async def trained(house: House) -> int:
    """What waits is trained; answers its number."""
    course = Course(house.engine)
    model = await course.begin()
    assert model is not None
    await course.progress(model.id, 45, "training Heads", "a log")
    await course.finish(model.id, path="jobs/x.tar.gz", size=101_000_000, figures=FIGURES, said="a log")
    return model.id


async def test_a_model_is_asked_for_and_seen_through(house: House) -> None:
    """It waits, is trained, and has its figures; the same files again are refused."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        assert "No model is known yet." in (await chair.get(PATH)).text
        empty = await chair.post(PATH, {"reason": ""}, of=PATH)
        assert (empty.status, "Give a reason of 1 to 500 characters." in empty.errors) == (422, True)
        page = await chair.post(PATH, {"reason": "new words"}, of=PATH)
        assert "Waiting" in page.text
        assert FILES.fingerprint in page.text
        number = await trained(house)
        page = await chair.get(f"{PATH}/{number}")
        for said in ("Trained, not released", "91.2 %", "1000 messages", "101 MB", "a log"):
            assert said in page.text
        again = await chair.post(PATH, {"reason": "once more"}, of=PATH)
        assert f"model {number} is made of the same files" in again.errors


async def test_a_training_is_cancelled(house: House) -> None:
    """With a reason; once it is over there is nothing to cancel."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.post(PATH, {"reason": "new words"}, of=PATH)
        one = page.path.partition("?")[0]
        refused = await chair.post(f"{one}/cancel", {"reason": " "}, of=one)
        assert refused.status == 422
        done = await chair.post(f"{one}/cancel", {"reason": "not that"}, of=one)
        assert "Cancelled" in done.text
        over = await chair.post(f"{one}/cancel", {"reason": "again"}, of=PATH)
        assert "Its training is over." in over.errors


async def test_a_release_waits_for_another(house: House) -> None:
    """Where there is a second person; who asked does not allow it."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        await chair.post(PATH, {"reason": "new words"}, of=PATH)
        number = await trained(house)
        one = f"{PATH}/{number}"
        async with seated(house, Grant(Role.OPERATOR), login="lin") as (other, _):
            asked = await chair.post(f"{one}/release", {"reason": "better"}, of=one)
            assert asked.path.startswith("/console/requests/")
            assert f"Release model {number}" in asked.text
            assert "Its release waits for another person" in (await chair.get(one)).text
            seen = await other.get(asked.path.partition("?")[0])
            await other.send(seen.path, {"csrf": seen.csrf, "decision": "allow", "reason": ""})
            assert "Taking over" in (await other.get(one)).text


async def test_going_back_takes_one_press(house: House) -> None:
    """To what answered before; what is not kept cannot be gone back to."""
    course = Course(house.engine)
    await course.answers("a", "a.tar.gz", 1)
    await course.answers("b", None, None)
    await course.answers("c", "c.tar.gz", 1)
    numbers = dict(await _rows(house, "SELECT fingerprint, id FROM models"))
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.post(f"{PATH}/{numbers['a']}/back", of=f"{PATH}/{numbers['a']}")
        assert "Taking over" in page.text
        refused = await chair.post(f"{PATH}/{numbers['b']}/back", of=PATH)
        assert "whose file is kept" in refused.errors


async def test_pages_say_why_in_three_languages(house: House) -> None:
    """Each fault, and whatever state a model is in."""
    course = Course(house.engine)
    await course.answers("a", None, None)
    for fault in Fault:
        async with transaction(house.engine) as connection:
            await connection.execute(
                text("INSERT INTO models (fingerprint, state, asked_by, reason, fault) VALUES ('f', :s, 'x', 'y', :f)"),
                {"s": "failed", "f": fault},
            )
    numbers = [row[1] for row in await _rows(house, "SELECT fingerprint, id FROM models")]
    for locale, word in (("zh_Hans", "模型"), ("zh_Hant", "模型"), ("en", "Model")):
        async with seated(house, TRAINER, login=f"mei_{locale.lower()}", locale=locale) as (chair, _):
            chair.extra.clear()
            for path in (PATH, *(f"{PATH}/{number}" for number in numbers)):
                page = await chair.get(path)
                assert (page.status, word in page.text, "console.model" in page.text) == (200, True, False)


async def test_others_find_no_models(house: House) -> None:
    """Operators do, who see no lines."""
    async with seated(house, CLERK, login="lin") as (chair, _):
        assert (await chair.get(PATH)).status in (403, 404)
    async with seated(house, Grant(Role.OPERATOR), login="op") as (chair, _):
        page = await chair.get(PATH)
        assert (page.status, "/console/teaching/figures" in page.text) == (200, False)


async def _rows(house: House, query: str) -> list[tuple[str, int]]:
    async with house.engine.connect() as connection:
        return [(str(row[0]), int(row[1])) for row in await connection.execute(text(query))]
