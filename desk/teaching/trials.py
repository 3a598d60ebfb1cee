"""Trials of a model beside the one that answers: it reads what residents write, or answers some of them.

In the shadow it reads and answers nothing, so one may begin it. As a canary it answers residents of some cities, or a
share of the conversations: that takes two, and the gate. Ending either takes one press. One model is tried at a time,
and no longer than the same model answers the others.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import reason_of, record
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Permission
from desk.contract.text import Text
from desk.staff.requests import After, Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.store.database import transaction
from desk.teaching.agreement import wilson
from desk.teaching.models import Model, held, insist_passed

ENOUGH = 50
"""Of fewer answers to ordinary messages nothing is concluded about a canary."""
CANARY, OTHERS = "canary", "others"
TROUBLES = ("unsure", "handed_over", "failed")
"""What came of a message: the likeliest command was not likely enough, a clerk got it, or the model failed at it."""


class Stage(StrEnum):
    """How a model is tried."""

    SHADOW = "shadow"
    CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Some:
    """Of whom a canary answers: the residents of these cities, of all where none is named, and of them a share.

    Raises:
        Conflict: it would answer nobody.
    """

    cities: tuple[str, ...] = ()
    percent: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.percent <= 100:
            raise Conflict("A canary answers 1 to 100 of a hundred.", said=Text(key="console.error_trial_share"))


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial of a model.

    Attributes:
        fingerprint: of the model.
        cities, percent: of whom a canary answers: `Some`.
        ended_by: who ended it; None: it runs.
        ended_why: their words, or where nobody ended it the rest of a key `console.trial_ended_<rest>`.
        counts: how many messages were read, and what came of them.
    """

    id: int
    model_id: int
    fingerprint: str
    stage: str
    cities: tuple[str, ...]
    percent: int
    begun_by: str
    reason: str
    begun_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    ended_why: str
    read_to: int
    counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None

    @property
    def is_worse(self) -> bool:
        """Whether a canary surely leaves more messages in doubt, to clerks, or unanswered than the model beside it.

        Their intervals of 95 % (Wilson) do not meet, and both have answered enough.
        """
        canary, others = (self.counts.get(name, {}) for name in (CANARY, OTHERS))
        messages, beside = int(canary.get("messages", 0)), int(others.get("messages", 0))
        if min(messages, beside) < ENOUGH:
            return False
        its, theirs = (wilson(_troubles(one), int(one["messages"])) for one in (canary, others))
        return its is not None and theirs is not None and its.low > theirs.high


COLUMNS = ", ".join(f"trial.{one.name}" if one.name != "fingerprint" else "model.fingerprint" for one in fields(Trial))
FROM = "FROM model_trials AS trial JOIN models AS model ON model.id = trial.model_id"
RUNNING = text(f"SELECT {COLUMNS} {FROM} WHERE trial.ended_at IS NULL")
OF_MODEL = text(f"SELECT {COLUMNS} {FROM} WHERE trial.model_id = :id ORDER BY trial.id DESC LIMIT 20")
BEGIN = text("""
    INSERT INTO model_trials (model_id, stage, cities, percent, begun_by, reason, read_to)
    VALUES (:model, :stage, :cities, :percent, :by, :reason, (SELECT coalesce(max(id), 0) FROM inbound_messages))
    ON CONFLICT ((true)) WHERE ended_at IS NULL DO NOTHING RETURNING id
""")
END = text("""
    UPDATE model_trials SET ended_at = clock_timestamp(), ended_by = :by, ended_why = :why
    WHERE model_id = :model AND ended_at IS NULL RETURNING id
""")
COUNT = text("""
    UPDATE model_trials SET read_to = :read_to, counts = CAST(:counts AS jsonb)
    WHERE id = :id AND ended_at IS NULL RETURNING id
""")


@dataclass(frozen=True)
class Trials:
    """What staff do with trials, and who carries them out reads and writes of them."""

    engine: AsyncEngine

    async def running(self) -> Trial | None:
        """The trial that goes on; None: there is none."""
        async with self.engine.connect() as connection:
            return await running(connection)

    async def of(self, actor: Actor, number: int) -> list[Trial]:
        """The trials of a model, the newest first.

        Raises:
            NotPermitted: the actor may not read models.
        """
        actor.require(Permission.MODEL_READ)
        async with self.engine.connect() as connection:
            return [_trial(row) for row in await connection.execute(OF_MODEL, {"id": number})]

    async def shadow(self, actor: Actor, number: int, *, reason: str) -> Trial:
        """Have a model read what residents write from now on, beside the one that answers.

        Raises:
            NotPermitted: the actor may not have one trained.
            NotFound: there is none of this number.
            Conflict: no reason is given; it cannot be tried; another trial goes on.
        """
        actor.require(Permission.MODEL_TRAIN)
        why = reason_of(reason)
        async with transaction(self.engine) as connection:
            model = _may_be_tried(await held(connection, number))
            await _begin(connection, model, Stage.SHADOW, Some(), actor.login, why)
            begun = await _insisted(connection)
            await record(connection, actor, "model.shadow", subject=str(number), reason=why, details=_details(begun))
        return begun

    async def ask_canary(self, actor: Actor, number: int, some: Some, *, reason: str, requests: Requests) -> RequestRow:
        """Ask that a model answers some residents; another has to allow it. Where one is enough, it is done.

        One that answers some already answers these from then on.

        Raises:
            NotPermitted: the actor may not release.
            NotFound: there is none of this number.
            Conflict: no reason is given; it cannot be tried; the gate does not let it pass; it is asked for already.
        """
        actor.require(Permission.MODEL_RELEASE)
        async with transaction(self.engine) as connection:
            model = _may_be_tried(await held(connection, number))
            await insist_passed(connection, model)
            what = {"fingerprint": model.fingerprint, "cities": [*some.cities], "percent": some.percent}
            asked, after = await requests.ask_in(connection, actor, Wish(Kind.MODEL_CANARY, str(number), what, reason))
        if after is not None:
            await after()
        return asked

    async def end(self, actor: Actor, number: int, *, reason: str = "") -> None:
        """End the trial of a model: it reads and answers nothing from now on. One is enough, without a reason.

        Raises:
            NotPermitted: the actor may not release.
            NotFound: there is none of this number.
            Conflict: no trial of it goes on; the reason is too long.
        """
        actor.require(Permission.MODEL_RELEASE)
        why = reason_of(reason) if reason.strip() else ""
        async with transaction(self.engine) as connection:
            await held(connection, number)
            values = {"model": number, "by": actor.login, "why": why}
            if (await connection.execute(END, values)).scalar_one_or_none() is None:
                raise Conflict(
                    f"Model {number} is not tried: desk model list", said=Text(key="console.error_trial_none")
                )
            await record(connection, actor, "model.trial_end", subject=str(number), reason=why)

    async def count(self, trial: Trial, read_to: int, counts: Mapping[str, Any], *, by: Actor) -> Trial | None:
        """Write down what was read so far, and end a canary that is surely worse. None: the trial is over."""
        async with transaction(self.engine) as connection:
            values = {"id": trial.id, "read_to": read_to, "counts": json.dumps(counts)}
            if (await connection.execute(COUNT, values)).scalar_one_or_none() is None:
                return None
            now = await _insisted(connection)
            if now.stage == Stage.CANARY and now.is_worse:
                await connection.execute(END, {"model": now.model_id, "by": by.login, "why": "worse"})
                details = {**_details(now), "counts": dict(now.counts)}
                await record(connection, by, "model.trial_end", subject=str(now.model_id), details=details)
                return None
        return now

    async def failed(self, trial: Trial, *, by: Actor) -> None:
        """End a trial whose bot cannot be started."""
        async with transaction(self.engine) as connection:
            values = {"model": trial.model_id, "by": by.login, "why": "refused"}
            if (await connection.execute(END, values)).scalar_one_or_none() is not None:
                await record(connection, by, "model.trial_end", subject=str(trial.model_id), details=_details(trial))


async def running(connection: AsyncConnection) -> Trial | None:
    """The trial that goes on; None: there is none."""
    row = (await connection.execute(RUNNING)).one_or_none()
    return None if row is None else _trial(row)


async def allowed(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:
    """Have the model that was asked for answer some: what two members of staff decided (`desk.staff.requests`)."""
    number, some = int(asked.subject), Some(tuple(asked.what["cities"]), int(asked.what["percent"]))
    model = _may_be_tried(await held(connection, number))
    await insist_passed(connection, model)
    await connection.execute(END, {"model": number, "by": actor.login, "why": ""})
    await _begin(connection, model, Stage.CANARY, some, asked.requested_by, asked.reason)
    details = {"request": asked.id, "requested_by": asked.requested_by, **_details(await _insisted(connection))}
    await record(connection, actor, "model.canary", subject=asked.subject, reason=asked.reason, details=details)
    return None


def tally(counts: Mapping[str, Any], who: str, **one: bool) -> dict[str, Any]:
    """Counts with one message more, of a canary or of the others, and what came of it."""
    before = dict(counts.get(who, {}))
    now = {"messages": before.get("messages", 0) + 1}
    return {**counts, who: {**now, **{name: before.get(name, 0) + int(one.get(name, False)) for name in TROUBLES}}}


async def _begin(connection: AsyncConnection, model: Model, stage: Stage, some: Some, by: str, reason: str) -> None:
    values = {"stage": stage, "cities": [*some.cities], "percent": some.percent if stage == Stage.CANARY else 0}
    begun = await connection.execute(BEGIN, {"model": model.id, "by": by, "reason": reason, **values})
    if begun.scalar_one_or_none() is None:
        other = await _insisted(connection)
        raise Conflict(
            f"Model {other.model_id} is tried already: desk model stop {other.model_id}",
            said=Text(key="console.error_trial_runs", args={"number": other.model_id}),
        )


async def _insisted(connection: AsyncConnection) -> Trial:
    return _trial((await connection.execute(RUNNING)).one())


def _trial(row: Any) -> Trial:
    found = dict(row._mapping)
    return Trial(**{**found, "cities": tuple(found["cities"])})


def _may_be_tried(model: Model) -> Model:
    if not model.may_be_tried:
        raise Conflict(
            f"Model {model.id} is {model.state}: it cannot be tried.", said=Text(key="console.error_model_not_tried")
        )
    return model


def _details(trial: Trial) -> dict[str, Any]:
    found: dict[str, Any] = {"fingerprint": trial.fingerprint, "stage": trial.stage}
    if trial.stage == Stage.CANARY:
        found |= {"cities": [*trial.cities], "percent": trial.percent}
    return found


def _troubles(counts: Mapping[str, Any]) -> int:
    return min(int(counts["messages"]), sum(int(counts.get(name, 0)) for name in TROUBLES))
