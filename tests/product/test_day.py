"""A piece of a day at the counter, with kills: nothing lost, doubled, out of order, or said by who may not speak."""

from fixtures import loaded
from fixtures.product import Product
from fixtures.quiet import Quiet

from bench import day
from bench.product import Product as Measured

PLAN = {"conversations": 12, "clerks": 4, "at_once": 8, "kill_every": 5.0, "mortal": ("worker", "serve"), "stay": 1}


async def test_a_piece_of_a_day_with_kills_goes_as_it_must(product: Product) -> None:
    """Residents ask for a person, clerks claim, reply, hold, transfer and close, worker and web server are killed."""
    cities = loaded.cities()
    measured = Measured(product.site.url, product.data_dir, "tests")
    found = await day.replay(measured, cities, day.Plan(city=cities["hangzhou"], **PLAN), Quiet())
    assert found["faults"] == 0
    assert found["replies"] > 0
    assert found["killed"]
