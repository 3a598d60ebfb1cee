"""Models as staff see them: what is asked to be trained, what became of it, and which one answers.

A model is trained by a process of its own (`course.py`) beside the one that answers. What is trained waits: releasing
it takes two, and the gate (`gate.py`); going back to one that answered before takes one. Whoever runs the bots takes up
what is wanted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import reason_of, record
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, Permission
from desk.contract.text import Text
from desk.staff.requests import After, Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.store.database import transaction
from desk.teaching.gate import Verdict


class State(StrEnum):
    """What became of a model."""

    QUEUED = "queued"
    TRAINING = "training"
    READY = "ready"  # trained and measured; it waits for its release
    FAILED = "failed"
    CANCELLED = "cancelled"
    LIVE = "live"  # it answers
    EARLIER = "earlier"  # it answered before


BEGUN = (State.QUEUED, State.TRAINING)
SHOWN = 100
"""So many of the newest are listed."""


@dataclass(frozen=True, slots=True)
class Files:
    """What a model would be made of now: the fingerprint of its files, and their commit (empty: in no checkout)."""

    fingerprint: str
    revision: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is or was trained, or was found to answer.

    Attributes:
        fingerprint: of what it is made of.
        revision: commit of that, with `-dirty` where files were changed since; empty: it is in no checkout.
        reason: why it was asked for; empty: it was found to answer.
        ended_at: when training was over, however it ended.
        live_at: since when it answers, or when it did so last.
        wanted_at: when it was released, or gone back to; None: it answers, or nobody wants it to.
        percent: how far its training is.
        step: what that is at.
        said: the end of what the training wrote.
        figures: of its evaluation on held-out turns, as `desk nlu evaluate --json` gives them.
        fault: why it failed, or was not taken: a key of `console.model_fault_<fault>`.
        path: its file; None: it is not kept.
        gate: what the gate says, as `Verdict`; None: it has not looked yet.
    """

    id: int
    fingerprint: str
    revision: str
    state: str
    asked_by: str
    reason: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    live_at: datetime | None
    wanted_at: datetime | None
    percent: int
    step: str
    said: str
    figures: Mapping[str, Any] | None
    fault: str | None
    path: str | None
    bytes: int | None
    gate: Mapping[str, Any] | None
    gated_at: datetime | None

    @property
    def is_begun(self) -> bool:
        """Whether it waits for its training, or is being trained."""
        return self.state in BEGUN

    @property
    def may_be_released(self) -> bool:
        """Whether it was trained, its file is kept, and nobody has released it yet."""
        return self.state == State.READY and self.wanted_at is None and self.path is not None

    @property
    def may_be_tried(self) -> bool:
        """Whether it may be tried beside the one that answers: it does not answer, and its file is kept."""
        return self.state in (State.READY, State.EARLIER) and self.wanted_at is None and self.path is not None

    @property
    def verdict(self) -> Verdict | None:
        """What the gate says of it; None: it has not looked yet."""
        return None if self.gate is None else Verdict.model_validate(self.gate)

    @property
    def may_answer_again(self) -> bool:
        """Whether one may go back to it: it answered before, and its file is kept."""
        return self.state == State.EARLIER and self.wanted_at is None and self.path is not None


COLUMNS = ", ".join(one.name for one in fields(Model))
ASK = text(f"""
    INSERT INTO models (fingerprint, revision, state, asked_by, reason)
    VALUES (:fingerprint, :revision, 'queued', :by, :reason)
    ON CONFLICT (fingerprint) WHERE state NOT IN ('failed', 'cancelled') DO NOTHING
    RETURNING {COLUMNS}
""")
THE_SAME = text(f"SELECT {COLUMNS} FROM models WHERE fingerprint = :fingerprint ORDER BY id DESC LIMIT 1")
ALL = text(f"""
    SELECT {COLUMNS} FROM models
    ORDER BY (state = 'live') DESC, (state IN ('queued', 'training')) DESC, id DESC LIMIT :most
""")
ONE = text(f"SELECT {COLUMNS} FROM models WHERE id = :id")
HOLD = text(f"SELECT {COLUMNS} FROM models WHERE id = :id FOR UPDATE")
CANCEL = text(f"""
    UPDATE models SET state = 'cancelled', ended_at = clock_timestamp()
    WHERE id = :id AND state IN ('queued', 'training') RETURNING {COLUMNS}
""")
LIVE = text("SELECT fingerprint FROM models WHERE state = 'live'")
COMPARE_AGAIN = text(f"UPDATE models SET gate = NULL, gated_at = NULL WHERE id = :id RETURNING {COLUMNS}")
# Two statements: the index of what is wanted admits one row at a time.
NONE_WANTED = text("UPDATE models SET wanted_at = NULL WHERE wanted_at IS NOT NULL")
WANT = text(f"""
    UPDATE models SET wanted_at = clock_timestamp(), fault = NULL WHERE id = :id RETURNING {COLUMNS}
""")


@dataclass(frozen=True)
class Models:
    """What staff do with models."""

    engine: AsyncEngine

    async def all(self, actor: Actor) -> list[Model]:
        """The one that answers, those that are trained or wait, then the others; the newest first.

        Raises:
            NotPermitted: the actor may not read them.
        """
        actor.require(Permission.MODEL_READ)
        async with self.engine.connect() as connection:
            return [Model(**row._mapping) for row in await connection.execute(ALL, {"most": SHOWN})]

    async def one(self, actor: Actor, number: int) -> Model:
        """One of them.

        Raises:
            NotPermitted: the actor may not read them.
            NotFound: there is none of this number.
        """
        actor.require(Permission.MODEL_READ)
        async with self.engine.connect() as connection:
            return _found((await connection.execute(ONE, {"id": number})).one_or_none(), number)

    async def train(self, actor: Actor, files: Files, *, reason: str) -> Model:
        """Ask for the model of the files as they are. It waits until those before it are done.

        Raises:
            NotPermitted: the actor may not have one trained.
            Conflict: no reason is given; that model is there already, or on its way.
        """
        actor.require(Permission.MODEL_TRAIN)
        why = reason_of(reason)
        values = {"fingerprint": files.fingerprint, "revision": files.revision, "by": actor.login, "reason": why}
        async with transaction(self.engine) as connection:
            row = (await connection.execute(ASK, values)).one_or_none()
            if row is None:
                there = Model(**(await connection.execute(THE_SAME, values)).one()._mapping)
                raise Conflict(
                    f"Nothing changed since: model {there.id} is made of the same files, and is {there.state}.",
                    said=Text(key="console.error_model_same", args={"number": there.id}),
                )
            asked = Model(**row._mapping)
            await self._record(connection, actor, "model.train", asked, why)
        return asked

    async def cancel(self, actor: Actor, number: int, *, reason: str) -> Model:
        """End a training, or take one back that has not begun.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is none of this number.
            Conflict: no reason is given; its training is over.
        """
        actor.require(Permission.MODEL_TRAIN)
        why = reason_of(reason)
        async with transaction(self.engine) as connection:
            before = _found((await connection.execute(HOLD, {"id": number})).one_or_none(), number)
            row = (await connection.execute(CANCEL, {"id": number})).one_or_none()
            if row is None:
                raise _stands(before, "console.error_model_over")
            cancelled = Model(**row._mapping)
            await self._record(connection, actor, "model.cancel", cancelled, why)
        return cancelled

    async def ask_release(self, actor: Actor, number: int, *, reason: str, requests: Requests) -> RequestRow:
        """Ask that a trained model answers from now on; another has to allow it. Where one is enough, it is done.

        Raises:
            NotPermitted: the actor may not release.
            NotFound: there is none of this number.
            Conflict: no reason is given; it waits for no release; the gate does not let it pass, or has not looked
                at it beside the one that answers now; it is asked for already.
        """
        actor.require(Permission.MODEL_RELEASE)
        async with transaction(self.engine) as connection:
            model = _found((await connection.execute(HOLD, {"id": number})).one_or_none(), number)
            if not model.may_be_released:
                raise _stands(model, "console.error_model_not_ready")
            await insist_passed(connection, model)
            wish = Wish(Kind.MODEL_RELEASE, str(number), {"fingerprint": model.fingerprint}, reason)
            asked, after = await requests.ask_in(connection, actor, wish)
        if after is not None:
            await after()
        return asked

    async def compare(self, actor: Actor, number: int) -> Model:
        """Have the gate look at a trained model again.

        Raises:
            NotPermitted: the actor may not have one trained.
            NotFound: there is none of this number.
            Conflict: it is not trained, or its file is not kept.
        """
        actor.require(Permission.MODEL_TRAIN)
        async with transaction(self.engine) as connection:
            model = await held(connection, number)
            if not model.may_be_released:
                raise _stands(model, "console.error_model_not_ready")
            model = Model(**(await connection.execute(COMPARE_AGAIN, {"id": number})).one()._mapping)
            await self._record(connection, actor, "model.compare", model, "")
        return model

    async def answering(self, actor: Actor) -> str | None:
        """The fingerprint of the model that answers; None: none does, or not all bots with the same.

        Raises:
            NotPermitted: the actor may not read them.
        """
        actor.require(Permission.MODEL_READ)
        async with self.engine.connect() as connection:
            found: str | None = (await connection.execute(LIVE)).scalar_one_or_none()
            return found

    async def go_back(self, actor: Actor, number: int, *, reason: str = "") -> Model:
        """Have a model answer again that did before. One is enough, without a reason: haste may be needed.

        Raises:
            NotPermitted: the actor may not release.
            NotFound: there is none of this number.
            Conflict: it did not answer before, or its file is not kept; the reason is too long.
        """
        actor.require(Permission.MODEL_RELEASE)
        why = reason_of(reason) if reason.strip() else ""
        async with transaction(self.engine) as connection:
            model = _found((await connection.execute(HOLD, {"id": number})).one_or_none(), number)
            if not model.may_answer_again:
                raise _stands(model, "console.error_model_not_kept")
            wanted = await _want(connection, number)
            await self._record(connection, actor, "model.back", wanted, why)
        return wanted

    async def _record(self, connection: AsyncConnection, actor: Actor, act: str, model: Model, reason: str) -> None:
        details = {"fingerprint": model.fingerprint}
        await record(connection, actor, act, subject=str(model.id), reason=reason, details=details)


async def released(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:
    """Want the model that was asked for: what two members of staff decided (`desk.staff.requests`)."""
    number = int(asked.subject)
    model = _found((await connection.execute(HOLD, {"id": number})).one_or_none(), number)
    if not model.may_be_released:
        raise _stands(model, "console.error_model_not_ready")
    await insist_passed(connection, model)
    await _want(connection, number)
    await record(
        connection,
        actor,
        "model.release",
        subject=asked.subject,
        reason=asked.reason,
        details={"request": asked.id, "requested_by": asked.requested_by, "fingerprint": model.fingerprint},
    )
    return None


async def held(connection: AsyncConnection, number: int) -> Model:
    """A model, under its row lock. Raises NotFound: there is none of this number."""
    return _found((await connection.execute(HOLD, {"id": number})).one_or_none(), number)


async def insist_passed(connection: AsyncConnection, model: Model) -> None:
    """Insist that the gate lets a model pass beside the one that answers now.

    Raises:
        Conflict: it does not, or has not looked yet, or looked at it beside another.
    """
    verdict, live = model.verdict, (await connection.execute(LIVE)).scalar_one_or_none()
    if verdict is None or verdict.against != live:
        raise Conflict(
            f"Model {model.id} is not yet compared with the one that answers now: desk model compare {model.id}",
            said=Text(key="console.error_model_not_compared"),
        )
    if not verdict.passes:
        raise Conflict(
            f"The gate stops model {model.id}: desk model compare {model.id} says why.",
            said=Text(key="console.error_model_stopped"),
        )


async def _want(connection: AsyncConnection, number: int) -> Model:
    await connection.execute(NONE_WANTED)
    return Model(**(await connection.execute(WANT, {"id": number})).one()._mapping)


def _found(row: Any, number: int) -> Model:
    if row is None:
        raise NotFound(f"There is no model {number}. Those there are: desk model list")
    return Model(**row._mapping)


def _stands(model: Model, key: str) -> Conflict:
    return Conflict(f"Model {model.id} is {model.state}: this cannot be done with it.", said=Text(key=key))


def totals(figures: Mapping[str, Any]) -> Sequence[tuple[str, float]]:
    """Of an evaluation what is shown of a model: shares of turns, each by the rest of `console.model_figure_<name>`."""
    return [
        *((name, float(figures[name])) for name in ("right", "sure", "right_where_sure")),
        ("asked_back", float(figures["asked_back"]["share"])),
        ("calibration_error", float(figures["calibration"]["error"])),
    ]
