"""An older version's store under the running product: `desk run` migrates it, and what was open goes on."""

import asyncio
from pathlib import Path

import pytest
from fixtures.house import OLD_ROWS
from fixtures.product import running
from fixtures.upgraded import CITY, SECRET, names, read, resumed, set_down, stories
from product.doings import Doings
from product.talk import Talk, faults

from tools.engines.postgres import Postgres

CLERK = {"answers": "您好，我是小王，请讲。"}


@pytest.mark.parametrize("name", names())
async def test_all_that_was_open_goes_on(tmp_path: Path, name: str) -> None:
    """Each conversation brings what its story expects, and who was first in the line is answered by the clerk first."""
    wrong: list[str] = []
    data_dir = tmp_path / "desk"
    data_dir.mkdir()
    (data_dir / "secret.key").write_text(SECRET, encoding="ascii")
    async with Postgres(tmp_path / "engine", grants=(OLD_ROWS,)) as postgres:
        await asyncio.to_thread(set_down, name, postgres.url, data_dir)
        async with running(data_dir, DESK_DATABASE_URL=postgres.url) as product:
            store, facts = read(name), await product.facts(CITY)
            talks: dict[str, Talk] = {}
            for story in stories():
                talk = talks[story["id"]] = resumed(store, story, product.site, facts)
                talk.doings = Doings(product, CITY)
                for turn in story["after"]:
                    wrong += [f"{story['id']}, {turn}: {one}" for one in faults(talk, turn, await talk.turn(turn))]
            first = talks["zh_Hans first in the line of a clerk"]
            await first.turn({"clerk": CLERK})
            await first.turn({"hear": [CLERK["answers"]]})
    assert wrong == [], "\n".join(wrong)
