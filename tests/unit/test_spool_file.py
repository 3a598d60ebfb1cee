"""The file that webhooks are kept in: appended, read in order, cut off, left behind, adopted."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.contract.channel import Delivery
from desk.intake.spool import Kept, SpoolFull, open_spool
from desk.intake.spool_file import SpoolFile
from desk.store.database import OUTAGES, is_outage
from desk.store.keys import Keys

KEYS = Keys("k" * 40)


def kept(words: str) -> Kept:
    return Kept("one", Delivery("POST", {"q": "1"}, {"h": "2"}, words.encode(), datetime(2026, 11, 26, tzinfo=UTC)))


def contents(file: SpoolFile) -> list[bytes]:
    found = []
    while records := file.ahead(1):
        found += [record.content for record in records]
        file.passed(records[-1])
    return found


def test_records_are_read_in_their_order_and_cleared(tmp_path: Path) -> None:
    """What was appended comes back once; afterwards the file is empty."""
    file = SpoolFile.make(tmp_path, ".spool")
    for content in (b"one", b"two"):
        file.append(content)
    assert contents(file) == [b"one", b"two"]
    file.clear()
    assert (contents(file), file.size, file.path.stat().st_size) == ([], 0, 0)
    file.close()


def test_what_a_process_left_is_adopted_but_for_a_record_that_was_cut_off(tmp_path: Path) -> None:
    """Half a record was never acknowledged; a file in use is another's; an empty one is deleted."""
    file = SpoolFile.make(tmp_path, ".spool")
    file.append(b"one")
    assert SpoolFile.adopt(file.path) is None
    os.pwrite(os.open(file.path, os.O_RDWR), b"\x00\x00\x00\x09half", file.size)
    file.close()
    adopted = SpoolFile.adopt(file.path)
    assert adopted is not None
    assert contents(adopted) == [b"one"]
    adopted.clear()
    adopted.close()
    assert not file.path.exists()


async def test_what_was_kept_is_taken_in_by_the_next_process(tmp_path: Path) -> None:
    """In order, those of the ended process first; sealed on disk; nothing is left."""
    ended = open_spool(tmp_path, KEYS, 10_000)
    for words in ("第一句", "second"):
        ended.keep(kept(words), "weibo")
    ended.close()
    assert not any(b"second" in path.read_bytes() for path in tmp_path.iterdir())
    taken: list[Kept] = []

    async def take(many: Sequence[Kept]) -> None:
        taken.extend(many)

    following = open_spool(tmp_path, KEYS, 10_000)
    following.keep(kept("third"), "weibo")
    assert await following.drain(take) == 3
    assert taken == [kept("第一句"), kept("second"), kept("third")]
    assert not following.holds
    following.close()
    assert list(tmp_path.iterdir()) == []


async def test_an_outage_keeps_the_rest_and_a_broken_one_holds_up_nobody(tmp_path: Path) -> None:
    """What cannot be taken in for now stays; what never can is passed over; again is once, where it is stored."""
    spool, taken, away = open_spool(tmp_path, KEYS, 10_000), list[bytes](), True

    async def take(many: Sequence[Kept]) -> None:
        bodies = [one.delivery.body for one in many]
        if b"broken" in bodies:
            raise ValueError
        if away and taken:
            raise OSError
        taken.extend(bodies)

    for words in ("one", "broken", "two"):
        spool.keep(kept(words), "weibo")
    with pytest.raises(OUTAGES) as outage:
        await spool.drain(take)
    assert is_outage(outage.value)
    assert (taken, spool.holds) == ([b"one"], True)
    away = False
    await spool.drain(take)
    assert (list(dict.fromkeys(taken)), spool.holds) == ([b"one", b"two"], False)
    spool.close()


def test_no_more_is_kept_than_there_is_room_for(tmp_path: Path) -> None:
    """The platform is refused then; what was kept before stays."""
    spool = open_spool(tmp_path, KEYS, 400)
    spool.keep(kept("one"), "weibo")
    with pytest.raises(SpoolFull):
        spool.keep(kept("x" * 400), "weibo")
    assert spool.holds
    spool.close()


async def test_another_secret_opens_nothing(tmp_path: Path) -> None:
    """It is said in the log and counted, and the desk goes on."""
    spool = open_spool(tmp_path, KEYS, 10_000)
    spool.keep(kept("one"), "weibo")
    spool.close()
    taken: list[Kept] = []

    async def take(many: Sequence[Kept]) -> None:
        taken.extend(many)

    following = open_spool(tmp_path, Keys("n" * 40), 10_000)
    await following.drain(take)
    assert (taken, following.holds) == ([], False)
    following.close()
