"""`desk sandbox accounts`: with what a program reaches the pretend platforms."""

import json
from pathlib import Path

from fixtures import loaded
from fixtures.desk_command import Typed

from sandbox import platforms


async def test_every_pretend_account_is_shown_with_its_tokens(typed: Typed, tmp_path: Path) -> None:
    """As the sandbox knows them; of one city where it is named."""
    city, *others = loaded.cities()
    _, out, errors = await typed("sandbox", "accounts", "--city", city, "--json", who=None)
    assert errors == ""
    known = [one for one in platforms.accounts(tmp_path / ".desk", loaded.cities()) if one.city == city]
    assert [(one["platform"], one["city"]) for one in json.loads(out)] == [(one.platform, city) for one in known]
    assert all(one.secrets.items() <= shown.items() for one, shown in zip(known, json.loads(out), strict=True))
    _, out, _ = await typed("sandbox", "accounts", who=None)
    assert all(other in out for other in others)


async def test_of_a_city_that_there_is_not_nothing_is_shown(typed: Typed) -> None:
    """What there is, is named."""
    code, _, errors = await typed("sandbox", "accounts", "--city", "atlantis", who=None)
    assert (code, "There is no cities/atlantis.yml" in errors) == (1, True)
