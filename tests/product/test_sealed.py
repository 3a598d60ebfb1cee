"""Personal data at rest, of the whole product: what is typed on every channel and service can be read nowhere."""

import asyncio
import json
import secrets

import psycopg
from fixtures.markers import Markers, dump, memory
from fixtures.patience import HANG_SECONDS
from fixtures.product import Product
from fixtures.walkers import WAYS, operate
from fixtures.walks import CITY, a_fine_is_looked_up_and_paid, an_appointment_is_booked_by_buttons
from fixtures.web import Caller
from redis.asyncio import Redis

# What residents type of themselves, by the names of `desk sandbox facts`.
TYPED = (
    "plate_with_unpaid_fine", "plate_without_fines", "water_account", "electricity_account", "gas_account",
    "person_name", "partner_name", "valid_id_number", "partner_id_number", "phone", "permit_number",
)  # fmt: skip
# How each service begins, and what it is told of a person.
SAID = {
    "traffic_fines": ("查违章", "plate_without_fines", "vin_last6_without_fines"),
    "utility_bills water": ("交水费", "water_account"),
    "utility_bills electricity": ("交电费", "electricity_account"),
    "utility_bills gas": ("交燃气费", "gas_account"),
    "travel_permit": ("港澳通行证续签", "permit_number", "person_name", "valid_id_number", "phone"),
    "residence_permit": ("办居住证", "person_name", "valid_id_number", "phone"),
    "social_insurance": ("查社保", "person_name", "valid_id_number"),
    "housing_fund": ("查公积金", "person_name", "valid_id_number"),
    "hospital_appointment": ("预约挂号", "hospital_office", "hospital_department"),
    "report_problem": ("我要报修路灯", "phone"),
    "next_bus": ("下一班车",),
    "bus_route": ("坐公交怎么走",),
    "air_quality": ("今天空气怎么样",),
    "service_guide": ("身份证怎么办",),
}
TOLD = "周四文三路停水。"
OURS = ("postgres", "valkey", "logs", "spool", "audit")  # beside them lie the pretend city's own data, models and keys


async def test_nothing_that_residents_type_is_readable(product: Product) -> None:
    """More than thirty markers, on each channel and in each service: in no dump, file, log of changes or line."""
    facts = await product.facts(CITY)
    words = {name: facts[name] for name in TYPED}
    for channel, begin in WAYS.items():
        words[channel] = f"密{secrets.token_hex(6)}"
        await product.reset(CITY)
        async with begin(product, CITY) as walker:
            await walker.say(f"我叫{words[channel]}，你好")
            await walker.hears("")
            await a_fine_is_looked_up_and_paid(product, walker, locale="zh_Hans")
            await an_appointment_is_booked_by_buttons(product, walker)
    words["text message"], words["its telephone"] = f"密{secrets.token_hex(6)}", f"139{secrets.randbelow(10**8):08}"
    await _text(product, words["its telephone"], f"我叫{words['text message']}，你好")
    await _announced(product, words["its telephone"])
    for service, (wish, *told) in SAID.items():
        words[service] = f"密{secrets.token_hex(6)}"
        resident = await product.site.open(city=CITY)
        for number, said in enumerate([wish, *(facts[name] for name in told), f"我在{words[service]}"]):
            assert (await resident.post(f"m{number}", text=said))[0] == 202
            await _answered(resident, number + 1)
    markers = Markers(words)
    assert len(words) >= 30
    assert await readable(product, markers) == {}
    with psycopg.connect(str(product.state["urls"]["database"])) as connection:
        typed = connection.execute("SELECT count(*) FROM inbound_messages").fetchone()
    assert typed is not None
    assert typed[0] > len(words)


async def _text(product: Product, number: str, said: str) -> None:
    """Send a text message from a telephone, and wait until it is answered there."""
    telephone = f"{product.state['urls']['sandbox']}/_sandbox/sms/{CITY}/residents/{number}"
    before = len((await product.site.ask_at(telephone))[1]["messages"])
    status, answer, _ = await product.site.ask_at(telephone, "POST", json={"text": said})
    assert status < 300, answer
    async with asyncio.timeout(HANG_SECONDS):
        while len((await product.site.ask_at(telephone))[1]["messages"]) <= before:
            await asyncio.sleep(0.2)


async def _announced(product: Product, number: str) -> None:
    """Have a telephone follow a topic by text message, and be told there of what is announced."""
    await _text(product, number, "订 停水")
    where = ("--city", CITY, "--agency", "city_hall", "--topic", "water")
    said = ("--title", "停水", "--text", TOLD, "--title-en", "No water", "--text-en", "No water on Thursday.")
    published = operate(product, "announce", "publish", *where, *said, "--urgency", "urgent", "--json")
    assert published.code == 0, published.stderr
    announcement = str(json.loads(published.stdout)["announcement"])
    telephone = f"{product.state['urls']['sandbox']}/_sandbox/sms/{CITY}/residents/{number}"
    async with asyncio.timeout(HANG_SECONDS):
        while TOLD not in str((await product.site.ask_at(telephone))[1]["messages"]):
            await asyncio.sleep(0.2)
    over = operate(product, "announce", "withdraw", announcement, "--reason", "test")  # others ask what is announced
    assert over.code == 0, over.stderr


async def _answered(resident: Caller, times: int) -> None:
    """Wait until so many messages of a resident are answered."""
    done, after = 0, 0
    async with asyncio.timeout(HANG_SECONDS):
        while done < times:
            for event in await resident.page(after=after, wait=5):
                done, after = done + (event["type"] == "turn_done"), event["seq"]


async def readable(product: Product, markers: Markers) -> dict[str, list[str]]:
    """Which markers stand where."""
    urls = product.state["urls"]
    with psycopg.connect(str(urls["database"]), autocommit=True) as connection:
        connection.execute("VACUUM")
        connection.execute("CHECKPOINT")
    async with Redis.from_url(str(urls["redis"])) as redis:
        held = await memory(redis)
    folders = {name: product.data_dir / name for name in OURS if (product.data_dir / name).exists()}
    found = markers.everywhere(
        {**folders, "dump": await asyncio.to_thread(dump, str(urls["database"])), "Valkey": held}
    )
    assert {"postgres", "logs"} <= set(folders)
    return found
