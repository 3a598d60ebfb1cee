"""A whole run, from a seed to the verdict."""

import json
from pathlib import Path
from typing import Any

from chaos.cars import cars_of
from chaos.course import Course
from chaos.stories import draw
from chaos.town import town
from chaos.verdict import findings, gather, summary


async def trial(folder: Path, *, seed: int, orders: int, kills: int) -> tuple[list[str], dict[str, Any]]:
    """Run it in a folder; answers what is wrong, each with its order, and what was measured. Both are printed."""
    print(f"\nseed {seed}, {orders} orders, {kills} kills")
    plan = draw(seed=seed, orders=orders, kills=kills)
    async with town(folder, cars_of(plan.cars)) as place:
        course = Course(plan, place)
        await course.run()
        records = await gather(course)
        found, measured = findings(course, records), await summary(course, records)
    print(json.dumps(measured, ensure_ascii=False, indent=2))
    print("\n".join(found) or "Nothing is wrong.")
    return found, measured
