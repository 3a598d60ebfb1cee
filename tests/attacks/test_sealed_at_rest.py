"""Personal data at rest: what was said on any channel can be read nowhere, and after erasing by nobody.

A thief has a dump, the cluster's files with the log of changes, Valkey, the spool and what processes print: at first of
a desk that runs, then after a resident had everything erased, then a backup of before the erasure.
"""

import asyncio
import base64
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, product
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import psycopg
import pytest
from fixtures.announcing import lists_of
from fixtures.clusters import copied
from fixtures.doors import bring
from fixtures.fake_bot import FakeBot
from fixtures.files import kept_file
from fixtures.house import KEYS, House, Nursery, house_at, until
from fixtures.markers import Markers, dump, memory, postgres_tool
from fixtures.patience import HANG_SECONDS
from fixtures.post import PostOffice, post_office
from fixtures.pushes import signed
from fixtures.staffed import actor
from fixtures.taught import entity, gathered, taught_texts, trainer, understood
from fixtures.web import Caller, Site, serving
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.people import open_address
from desk.audit.keeping import anchor, export, file_of
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Grant, Role
from desk.conversations import service
from desk.conversations.erasure import erase_unread
from desk.conversations.live import Live
from desk.conversations.plain import seal_some
from desk.intake.spool import open_spool
from desk.login.certificates import PURPOSE as CERTIFIED
from desk.media.clamd import Clamd
from desk.sealing.carried import vault_of
from desk.sealing.keyring import Keyring, SavedAt, SavedKey
from desk.sealing.masters import InFile, Masters, fresh
from desk.sealing.opening import Purpose, key_of, keys_of
from desk.sealing.vault import FILE_MARK, Thing, Vault
from desk.store.database import create_engine, transaction
from desk.store.keys import Unsealable
from desk.teaching.deciding import Deciding
from desk.teaching.inbox import Inbox, Wanted
from desk.tickets.contact import LEAVE
from desk.tickets.grades.ledger import Grade
from desk.tickets.grades.notices import payload_of
from desk.tickets.notes import Notes
from desk.tickets.workbench import Workbench
from desk.web.webhooks import take_kept
from sandbox.alipay.identity import mini_program
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CONFIRMATION = RenderedMessage(text="erased", locale="zh_Hans")
STAYS = "weibo resident"  # where the confirmation is sent to, and all that they will ask: sealed, while they are there
_numbers = count()


def _digits(length: int) -> str:
    return str(secrets.randbelow(9) + 1) + "".join(str(secrets.randbelow(10)) for _ in range(length - 1))


def _planted() -> dict[str, str]:
    """Words that stand nowhere else, by where they are planted."""
    words = {
        name: f"密{secrets.token_hex(6)}"
        for name in (
            "web text", "web payload", "web file", "telegram text", "telegram caption", "telegram file",
            "telegram edit", "telegram second", "weibo text", "weibo in the spool", "taobao text", "alipay text",
            "city app text",
            "reply", "state", "situation", "understood value", "offered payload", "card", "remembered value",
            "case reference", "case fact", "case place", "case name", "clerk's reply", "emergency",
            "written to a clerk", "second conversation", "certified name",
        )
    }  # fmt: skip
    return {**words, "web place": f"30.{_digits(8)}7", "weibo resident": f"900719925474{_digits(4)}"}


@dataclass
class Town:
    """A house on engines of its own, with all channels, and what was planted in it."""

    house: House
    postgres: Postgres
    folder: Path
    words: dict[str, str]
    neighbour: str  # the word of somebody who erases nothing
    markers: Markers

    async def places(self, printed: str) -> dict[str, bytes | Path]:
        """All that a thief may take, just now."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute("VACUUM")
            connection.execute("CHECKPOINT")
        return {
            "dump": await asyncio.to_thread(dump, self.postgres.url),
            "files and log of the cluster": self.postgres.cluster,
            "logs of the engines": self.folder / "engines" / "logs",
            "Valkey": await memory(self.house.redis),
            "spool": self.folder / "spool",
            "logs": printed.encode(),
        }


@pytest.fixture
async def town(tmp_path: Path, catalogs_folder: Path, nursery: Nursery) -> AsyncIterator[Town]:
    words, engines = _planted(), tmp_path / "engines"
    async with (
        await copied(engines) as postgres,
        Valkey(engines) as valkey,
        house_at(postgres.url, valkey.url, catalogs_folder, nursery) as house,
    ):
        neighbour = f"邻{secrets.token_hex(6)}"
        yield Town(house, postgres, tmp_path, words, neighbour, Markers({**words, "neighbour": neighbour}))


async def test_what_residents_say_is_read_nowhere_and_after_erasing_by_nobody(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    """Thirty-one planted words, on six channels: none is readable, all are there for their resident, and then none is.

    What another resident said stays theirs, also in the restored backup.
    """
    assert len(town.words) == 31
    async with FakeBot() as bot, town.house.worker(bot.url):
        await _talk(town, bot)
        ids, known = await _known(town, town.house)
        before = town.markers.everywhere(await town.places("".join(capfd.readouterr())))
        assert known == {*town.words, "neighbour"}, "what was planted is there, for those whom it is about"
        assert before == {}
        backup = await asyncio.to_thread(dump, town.postgres.url, "--exclude-table-data=conversation_keys")
        for conversation_id in ids[1:]:  # the first is the neighbour's
            await service.erase(
                town.house.engine, Live(town.house.redis), conversation_id, CONFIRMATION, town.house.parts()
            )
    assert town.markers.everywhere(await town.places("".join(capfd.readouterr()))) == {}
    assert (await _known(town, town.house))[1] == {"neighbour", STAYS}
    assert town.markers.found(await _opened_by_all_keys(town.house, backup)) == {"neighbour"}
    assert await _restored(town, backup) == {"neighbour", STAYS}


async def test_what_stands_beside_a_conversation_is_sealed_and_erased_with_it(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    """The contact that somebody left while they waited, a note, words with a grade; and what came as a text message."""
    house, clerk, colleague = town.house, actor("li"), actor("wang")
    words = {name: f"密{secrets.token_hex(6)}" for name in ("note", "grade", "text message")}
    contact = f"139{_digits(8)}"
    markers = Markers({**words, "contact": contact})
    sheets = Workbench(house.clerks)
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await house.open()
        for said in ("ticket", LEAVE, contact):
            await house.say(conversation, said, kind="payload" if said == LEAVE else "text")
            await house.settle(conversation)
        (ticket,) = await house.clerks.waiting(clerk)
        await Notes(house.clerks).add(clerk, ticket.id, words["note"])
        waiting = await sheets.reveal_contact(clerk, ticket.id, reason="to call")
        assert (waiting.contact, [one.text for one in waiting.notes]) == (contact, [words["note"]])
        assert markers.everywhere(await town.places("".join(capfd.readouterr()))) == {}
        await house.clerks.claim(clerk, ticket.id)
        await house.clerks.reply(clerk, ticket.id, "hello")
        await house.clerks.close(clerk, ticket.id)
        await house.say(conversation, payload_of(ticket.reference, Grade.VERY_DISSATISFIED), kind="payload")
        await house.settle(conversation)
        await house.say(conversation, words["grade"])
        await house.settle(conversation)
        async with post_office(house, town.folder, channel="sms") as office:
            await office.do(13912340000, text=words["text message"])
            await until(partial(_answered, house, office.account.id, 1))
    (mending,) = await house.clerks.waiting(colleague)
    graded = (await sheets.reveal(colleague, mending.id, reason="to mend it")).grade
    assert graded is not None
    assert graded.words == words["grade"]
    assert markers.everywhere(await town.places("".join(capfd.readouterr()))) == {}
    backup = await asyncio.to_thread(dump, town.postgres.url, "--exclude-table-data=conversation_keys")
    async with house.engine.connect() as connection:
        ids = list((await connection.execute(text("SELECT id FROM conversations"))).scalars())
    for one in ids:
        await service.erase(house.engine, Live(house.redis), one, CONFIRMATION, house.parts())
    assert markers.everywhere(await town.places("".join(capfd.readouterr()))) == {}
    assert markers.found(await _opened_by_all_keys(house, backup, at_least=10)) == set()


async def test_what_staff_make_of_it_is_read_nowhere(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    """A file that is held, a message that a trainer mends and teaches, a list of telephones, exports of the audit."""
    house, trained, folder = town.house, trainer("mei"), town.folder / "audit"
    names = ("held file", "name", "name that a trainer marks")
    words = {name: "".join(secrets.choice("翀熠琰珩瑾璟蕤蘅甯鄞") for _ in range(8)) for name in names}
    markers = Markers(words := {**words, "telephone": f"139{_digits(8)}"})
    async with serving(house, scanner=Clamd("tcp://127.0.0.1:9", 0.2)) as site:
        status, _, _ = await (await site.open()).ask("POST", "media", data=PNG + words["held file"].encode())
        assert (status, await house.scalar("SELECT count(*) FROM media_files WHERE held")) == (201, 1)
    for name in names[1:]:
        said = f"{words[name]}坐28路，打{words['telephone']}"
        found = [entity(said, "person_name", words[name])] if name == "name" else []
        await understood(house, await house.open(), said, entities=found)
    await gathered(house)
    decides, inbox = Deciding(house.engine, frozenset({"next_bus"})), Inbox(house.engine)
    lines = [line for group in await inbox.groups(trained, Wanted()) for line in await inbox.group(trained, group.id)]
    for line in lines:
        (name,) = [word for word in words.values() if word in line.text] or [""]
        marked = "bus_line 28路" + (f"\nperson_name {name}" if name else "")
        await decides.label(trained, [line.id], ["start:next_bus"], marked)
    taught = await taught_texts(house)
    assert " ".join(taught).count("[person_name]坐28路") == 2, taught
    editor = actor("wu", Grant(Role.EDITOR))
    content = f"电话\n{words['telephone']}\n"
    await lists_of(house).upload(editor, "hangzhou", "city_hall", "A", "telephones", content.encode())
    written = await export(house.engine, folder, datetime.now(UTC).date() + timedelta(days=1))
    await anchor(house.engine, folder)
    assert len(written) == 2
    assert "teaching.label" in file_of(folder, datetime.now(UTC).date()).read_text(encoding="utf-8")
    places = await town.places("".join(capfd.readouterr()))
    assert markers.everywhere({**places, "exports of the audit": folder}) == {}


async def test_a_name_that_nobody_marked_is_sealed_in_what_is_taught(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    """Trainers read it in the file that they take out, and nobody in the store; erasing reaches backups, too."""
    house, trained = town.house, trainer("mei")
    words = {"name": "".join(secrets.choice("翀熠琰珩瑾璟蕤蘅甯鄞") for _ in range(8))}
    markers = Markers(words)
    conversation = await house.open()
    await understood(house, conversation, f"{words['name']}坐28路")
    await gathered(house)
    (group,) = await Inbox(house.engine).groups(trained, Wanted())
    (line,) = await Inbox(house.engine).group(trained, group.id)
    await Deciding(house.engine, frozenset({"next_bus"})).label(trained, [line.id], ["start:next_bus"])
    assert await taught_texts(house) == [f"{words['name']}坐28路"]
    assert markers.everywhere(await town.places("".join(capfd.readouterr()))) == {}
    backup = await asyncio.to_thread(dump, town.postgres.url, "--exclude-table-data=conversation_keys")
    await service.erase(house.engine, Live(house.redis), conversation.id, CONFIRMATION, house.parts())
    assert await taught_texts(house) == []
    assert markers.everywhere(await town.places("".join(capfd.readouterr()))) == {}
    assert markers.found(await _opened_by_all_keys(house, backup, at_least=1)) == set()


async def test_what_an_older_version_kept_plain_is_sealed_while_the_desk_runs(town: Town) -> None:
    """The same search finds it before: nothing is sealed yet, and all of it can be read by its resident meanwhile."""

    house, words = town.house, town.words
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await house.open()
        await house.say(conversation, "hello")
        await house.settle(conversation)
    plain = {name: words[name] for name in ("web text", "reply", "state", "telegram edit", "web file")}
    async with transaction(house.engine) as connection:
        for statement in OLDER.values():
            await connection.execute(
                text(statement), {"id": conversation.id, **{k.replace(" ", "_"): v for k, v in plain.items()}}
            )
        media = await connection.execute(
            text(OLDER_FILE), {"id": conversation.id, "content": PNG + words["web file"].encode()}
        )
        file = media.scalar_one()
    assert set(town.markers.found(await asyncio.to_thread(dump, town.postgres.url))) == set(plain)
    readable = await _data_of(house, conversation.id)
    assert [name for name in ("web text", "reply", "state", "telegram edit") if words[name] not in readable] == []
    async with house.engine.connect() as connection:
        ring = Keyring(house.engine, vault_of(connection))
    assert await ring.plain() == 1
    assert await seal_some(house.engine, goes_on=lambda: True) == 1
    assert await ring.plain() == 0
    assert town.markers.found(await asyncio.to_thread(dump, town.postgres.url)) == set()
    readable = await _data_of(house, conversation.id)
    assert [name for name in ("web text", "reply", "state", "telegram edit") if words[name] not in readable] == []
    async with house.engine.connect() as connection:
        found = await kept_file(connection, conversation.id, file)
    assert found is not None
    assert found.content == PNG + words["web file"].encode()


async def test_keys_are_wrapped_anew_while_turns_are_taken(town: Town) -> None:
    """Rotation changes keys alone; turns that begin with the old master end, and nothing waits for it."""

    house = town.house
    custody = InFile(town.folder / "master.keys")
    custody.write([fresh(datetime.now(UTC))])
    vault = Vault(Masters(custody, KEYS))
    engine = house.engine.execution_options(vault=vault)
    ring = Keyring(engine, vault)
    async with FakeBot() as bot, house.worker(bot.url):
        conversations = [await house.open() for _ in range(8)]
        assert set(await ring.used()) == {"secret"}
        sealed = await house.scalar(
            "SELECT string_agg(body::text, '' ORDER BY conversation_id, seq) FROM outbound_messages"
        )
        assert sealed is None
        for conversation in conversations:
            await house.say(conversation, "hello")
        await house.settle(*conversations)
        sealed = await house.scalar(
            "SELECT string_agg(body::text, '' ORDER BY conversation_id, seq) FROM outbound_messages"
        )
        assert await ring.rewrap() == 8
        assert await ring.used() == {vault.masters.current.name: 8}
        assert sealed == await house.scalar(
            "SELECT string_agg(body::text, '' ORDER BY conversation_id, seq) FROM outbound_messages"
        )
    async with engine.connect() as connection:
        events = await service.events_after(connection, conversations[0].id, 0)
    assert [event.body["message"]["text"] for event in events if event.type == "message"] == ["1:hello"]


async def test_a_message_that_arrives_while_its_conversation_is_erased_is_answered(town: Town) -> None:
    """Messages that come before, during and after the key is dropped are stored once, and none becomes unreadable."""
    house = town.house
    conversation = await house.open()

    async def erase() -> None:
        await service.erase(house.engine, Live(house.redis), conversation.id, CONFIRMATION, house.parts())

    for _ in range(10):
        await asyncio.gather(*(house.say(conversation, f"word {number}") for number in range(4)), erase())
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "last")
        await house.settle(conversation)
    assert (await house.texts(conversation))[-1].endswith(":last")
    assert await house.scalar("SELECT count(*) FROM tickets") == 0


async def test_who_reads_a_transcript_or_takes_data_leaves_a_trace(town: Town) -> None:
    """Who, when, why and of which conversation; turns and deliveries leave none, and content stands nowhere."""
    house, words = town.house, town.words
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await house.open()
        await house.say(conversation, words["web text"])
        await house.say(conversation, "ticket")
        await house.settle(conversation)
        (ticket,) = await house.clerks.waiting(actor("li"))
        lines = await house.clerks.transcript(actor("wang"), ticket)
        await _data_of(house, conversation.id)
    assert {line.author for line in lines} == {"resident", "bot"}
    async with house.engine.connect() as connection:
        traces = (await connection.execute(text("SELECT * FROM openings ORDER BY id"))).all()
    assert [(one.conversation_id, one.purpose, one.reader) for one in traces] == [
        (conversation.id, "transcript", "wang"),
        (conversation.id, "export", "resident"),
    ]


OLDER = {
    "marked": "INSERT INTO plain_conversations (conversation_id) VALUES (:id)",
    "no key": "DELETE FROM conversation_keys WHERE conversation_id = :id",
    "in": "UPDATE inbound_messages SET body = jsonb_build_object('text', CAST(:web_text AS text)),"
    " understanding = '{\"intent\": {}}' WHERE conversation_id = :id",
    "out": "UPDATE outbound_messages SET body = CASE type WHEN 'message' THEN jsonb_build_object('message',"
    " jsonb_build_object('author', 'bot', 'text', CAST(:reply AS text))) ELSE '{}' END WHERE conversation_id = :id",
    "state": "UPDATE dialogue_states SET state = jsonb_build_object('slot', CAST(:state AS text)), offered = '[]',"
    " situation = NULL WHERE conversation_id = :id",
    "edit": "INSERT INTO channel_events (account_id, external_id, conversation_id, kind, body, happened_at)"
    " SELECT account_id, 'edit', id, 'edited', jsonb_build_object('text', CAST(:telegram_edit AS text)), now()"
    " FROM conversations WHERE id = :id",
}
OLDER_FILE = """
    INSERT INTO media_files (id, conversation_id, content_type, content)
    VALUES (gen_random_uuid(), :id, 'image/png', :content) RETURNING id
"""


async def _talk(town: Town, bot: FakeBot) -> None:
    """Plant every word where its name says."""
    house, words = town.house, town.words
    async with serving(house) as site:
        neighbour, second = await site.open(), await site.open(locale="en")
        await neighbour.post("1", text=town.neighbour)
        await _done(neighbour)
        bot.answers.append({"state": {"turns": 1, "slots": {"name": words["state"]}}})
        await second.post("1", text=words["second conversation"])
        await _done(second)
        one = await site.open()
        bot.answers.append(_remembering(words))
        await one.post("1", text=words["web text"])
        await _done(one)
        await one.post("2", payload=_command(words["offered payload"]))
        await one.post("3", location={"lat": float(words["web place"]), "lon": 120.1, "datum": "wgs84"})
        _, stored, _ = await one.ask("POST", "media", data=PNG + words["web file"].encode())
        await one.post("4", media_id=stored["media_id"])
        await one.post("5", payload=_command(words["web payload"]))
        await one.post("6", text=f"{words['emergency']} hears=poisoning")
        await one.post("7", text="never mind next=over")
        await one.post("8", text="ticket")
        await one.post("9", text=words["written to a clerk"])
        await _done(one, 9)
        ticket = next(one for one in await house.clerks.waiting(actor("li")) if one.reason == "asked")
        await house.clerks.claim(actor("wang"), ticket.id)
        await house.clerks.reply(actor("wang"), ticket.id, words["clerk's reply"])
        await house.clerks.close(actor("wang"), ticket.id)
    async with _telegram(town) as office:
        picture = base64.b64encode(PNG + words["telegram file"].encode()).decode()
        await office.do(5077123, say=words["telegram text"])
        await office.do(5077123, edit=words["telegram edit"])
        await office.do(5077123, say=words["telegram second"])
        await office.do(5077123, photo=picture, caption=words["telegram caption"])
        async with office.jobs(), office.sender():
            await office.hears(5077123, 4)
    async with _weibo(town) as office:
        await _push(office, words["weibo resident"], words["weibo text"])
        await town.postgres.stop()
        await _push(office, words["weibo resident"], words["weibo in the spool"])
        assert town.markers.in_folder(town.folder / "spool") == set()
        await town.postgres.start()
        await until(partial(_answered, house, office.account.id, 2))
    async with post_office(house, town.folder, channel="city_app") as office:  # which a file alone declares
        await office.do(5001, content={"text": words["city app text"]})
        await until(partial(_answered, house, office.account.id, 1))
    for channel, entry in (("taobao", _taobao), ("alipay", _alipay)):
        async with post_office(house, town.folder, channel=channel) as office:
            opened = await _enter(office, await entry(office, words))
            resident = Caller(Site(office.desk_url, office.http), opened["session"], opened["token"])
            await resident.post("1", text=words[f"{channel} text"])
            await _done(resident)


def _command(word: str) -> str:
    """A payload that carries a word."""
    return f'/inform{{"name": "{word}"}}'


def _remembering(words: dict[str, str]) -> dict[str, Any]:
    """The part of a turn's answer in which a bot and its actions keep what they were told."""
    case = {
        "type": "keep_case", "case": "f-1", "city": "hangzhou", "service": "marriage_registration",
        "agency": "civil_affairs", "kind": "appointment", "reference": words["case reference"],
        "about": {"key": "test.echo", "args": {"text": words["case name"]}}, "facts": {"name": words["case fact"]},
        "status": "booked", "at": None, "place": {"key": "test.echo", "args": {"text": words["case place"]}},
    }  # fmt: skip
    remember = {"type": "remember", "service": "utility_bills", "values": {"account": words["remembered value"]}}
    title = {"key": "test.echo", "args": {"text": words["card"]}}
    buttons = [{"title": title, "payload": _command(words["offered payload"])}]
    said = {"key": "test.echo", "args": {"text": words["reply"]}, "buttons": buttons}
    value = {"entity": "name", "value": words["understood value"], "start": 0, "end": 1}
    return {
        "replies": [said],
        "situation": {"shown": words["situation"]},
        "nlu": {"intent": {"name": "greet", "confidence": 0.9}, "entities": [value], "ranking": []},
        "effects": [case, remember],
    }


async def _done(resident: Caller, times: int = 1) -> None:
    """Wait until so many messages of a resident are answered."""
    done, after = 0, 0
    async with asyncio.timeout(HANG_SECONDS):
        while done < times:
            for event in await resident.page(after=after, wait=5):
                done, after = done + (event["type"] == "turn_done"), event["seq"]


@asynccontextmanager
async def _telegram(town: Town) -> AsyncIterator[PostOffice]:
    async with post_office(town.house, town.folder, channel="telegram") as office:
        yield office


@asynccontextmanager
async def _weibo(town: Town) -> AsyncIterator[PostOffice]:
    spool = open_spool(town.folder / "spool", KEYS, 1_000_000)
    async with (
        post_office(town.house, town.folder, channel="weibo", spool=spool) as office,
        spool.draining(partial(take_kept, office.channels)),
    ):
        yield office


async def _push(office: PostOffice, resident: str, words: str) -> None:
    secret = office.register.opened(office.account).secrets.model_dump()["app_secret"].get_secret_value()
    body = {
        "type": "text",
        "receiver_id": int(office.account.platform_id or 0),
        "sender_id": int(resident),
        "created_at": "Thu Nov 26 18:09:20 +0800 2026",
        "text": words,
        "data": {},
    }
    query = signed(secret, f"n{next(_numbers)}")
    async with office.http.post(office.webhook, params=query, json=body) as response:
        assert response.status == 200


async def _answered(house: House, account: int, messages: int) -> bool:
    """Whether an account has so many messages, all of them answered."""
    query = "SELECT count(answered_at) FROM inbound_messages WHERE account_id = :account"
    return bool(await house.scalar(query, account=account) == messages)


async def _enter(office: PostOffice, entry: str) -> dict[str, Any]:
    status, opened = await bring(office.http, office.desk_url, office.account.slug, entry, confirmed=True)
    assert status == 201
    return opened


async def _taobao(office: PostOffice, _words: dict[str, str]) -> str:
    return str((await office.steer("POST", "entries", {}))["entry"])


async def _alipay(office: PostOffice, words: dict[str, str]) -> str:
    body = {
        "app_id": mini_program(office.account.city),
        "name": words["certified name"],
        "id_number": "11010519491231002X",
    }
    async with office.http.post(f"{office.sandbox_url}/_sandbox/alipay/auth-codes", json=body) as answer:
        return str((await answer.json())["auth_code"])


async def _data_of(house: House, conversation_id: UUID) -> str:
    async with transaction(house.engine) as connection:
        return str(await service.data_of(connection, conversation_id, house.parts()))


async def _known(town: Town, house: House) -> tuple[list[UUID], set[str]]:
    """All conversations, the oldest first, and which words whoever has all keys can read in the database."""
    async with house.engine.connect() as connection:
        ids = list((await connection.execute(text("SELECT id FROM conversations ORDER BY created_at"))).scalars())
        opened = [
            *await _values(connection, ids),
            *await _files(connection),
            *await _people(connection),
        ]
    return ids, town.markers.found("\n".join([*opened, *[await _data_of(house, one) for one in ids]]).encode())


async def _values(connection: AsyncConnection, ids: list[UUID]) -> list[str]:
    """What dialogues remember, open."""
    keys = await keys_of(connection, ids, Purpose.UPKEEP)
    rows = (
        await connection.execute(text("SELECT conversation_id, state, situation, offered FROM dialogue_states"))
    ).all()
    return [
        str(keys[row.conversation_id].open(value, "state"))
        for row in rows
        for value in (row.state, row.situation, row.offered)
    ]


async def _files(connection: AsyncConnection) -> list[str]:
    """Files, open."""
    rows = (await connection.execute(text("SELECT conversation_id, id FROM media_files"))).all()
    found = [await kept_file(connection, row.conversation_id, row.id) for row in rows]
    return [file.content.decode(errors="ignore") for file in found if file is not None]


async def _people(connection: AsyncConnection) -> list[str]:
    """What platforms call residents who are still there, and who they are certified to be."""
    query = "SELECT account_id, external_id, address FROM residents WHERE address IS NOT NULL"
    residents = (await connection.execute(text(query))).all()
    certificates = (await connection.execute(text("SELECT conversation_id, sealed FROM certificates"))).all()
    return [
        *(open_address(KEYS, one.account_id, one.external_id, one.address) for one in residents),
        *[await _certified(connection, one.conversation_id, one.sealed) for one in certificates],
    ]


async def _certified(connection: AsyncConnection, conversation_id: UUID, kept: bytes) -> str:
    sealed = (await key_of(connection, conversation_id, Purpose.UPKEEP)).open_file(kept, "certificate")
    return KEYS.open(sealed, purpose=CERTIFIED, of=str(conversation_id)).decode()


async def _opened_by_all_keys(house: House, backup: bytes, *, at_least: int = 50) -> bytes:
    """What the keys of today open of a backup, each tried on everything."""
    async with house.engine.connect() as connection:
        ids = list((await connection.execute(text("SELECT id FROM conversations"))).scalars())
        keys = await keys_of(connection, ids, Purpose.UPKEEP)
    sealed = [base64.b64decode(one) for one in re.findall(rb'"sealed": "([A-Za-z0-9+/=]+)"', backup)]
    sealed += [
        bytes.fromhex(one.decode())[len(FILE_MARK) :] for one in re.findall(rb"\\x(007365616c656400[0-9a-f]+)", backup)
    ]
    assert len(sealed) > at_least
    found: list[bytes] = []
    things: tuple[Thing, ...] = get_args(Thing.__value__)
    for key, content, thing in product(keys.values(), sealed, things):
        with suppress(Unsealable):
            found.append(key.open_bytes(content, thing))
    return b"\n".join(found)


async def _restored(town: Town, backup: bytes) -> set[str]:
    """Put a backup into another database, load the newest keys, and read all that can be read."""
    newest: list[str] = []
    async with town.house.engine.connect() as connection:
        vault = vault_of(connection)
    await Keyring(town.house.engine, vault).saved(newest.append, at=datetime.now(UTC))
    with psycopg.connect(town.postgres.url, autocommit=True) as server:
        server.execute("CREATE DATABASE restored")
    url = town.postgres.url_of("restored")
    await asyncio.to_thread(partial(postgres_tool, "psql", url, "-q", given=backup))
    engine = create_engine(url, pool_size=2, vault=vault)
    try:
        first, *rest = newest
        keys = {key.conversation: key for key in map(SavedKey.model_validate_json, rest)}
        loaded = await Keyring(engine, vault).load(SavedAt.model_validate_json(first).saved_at, keys)
        for conversation_id in loaded.erased:
            await erase_unread(engine, conversation_id, town.house.parts())
        assert (loaded.kept, len(loaded.erased)) == (1, len(keys) - 1)
        house = replace(town.house, engine=engine)
        return (await _known(town, house))[1]
    finally:
        await engine.dispose()
