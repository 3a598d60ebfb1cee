"""The course of a training as the process that trains writes it: one at a time, in the order they were asked for.

Who trains holds a lock of the database for as long as its connection lasts, so there is one, however many were started.
A training whose process died stays `training` until the next who trains says that it failed. Each change names the
state that it comes from: what was cancelled meanwhile, or found to answer, stays so.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.staff import system
from desk.store.database import single_statements, transaction
from desk.teaching.gate import Verdict
from desk.teaching.models import COLUMNS, Model

TRAINER = system("trainer")
"""Who trains, in the audit."""
LOCK = 7_021_071  # any number that nobody else locks
LONGEST_SAID = 6000  # characters of a log's end


class Fault(StrEnum):
    """Why a model failed, or was not taken."""

    INTERRUPTED = "interrupted"  # the process that trained it died
    FILES_CHANGED = "files_changed"  # its files are others by now
    TRAINING = "training"
    MEASURING = "measuring"
    REFUSED = "refused"  # a bot cannot be started with it
    SUPERSEDED = "superseded"  # a start with other files came before


TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")
STILL = text("SELECT 1")
RECOVER = text(f"""
    UPDATE models SET state = 'failed', fault = 'interrupted', ended_at = clock_timestamp()
    WHERE state = 'training' AND id <> :own RETURNING {COLUMNS}
""")
BEGIN = text(f"""
    UPDATE models SET state = 'training', started_at = clock_timestamp()
    WHERE id = (SELECT id FROM models WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
      AND NOT EXISTS (SELECT FROM models WHERE state = 'training')
    RETURNING {COLUMNS}
""")
GOES_ON = text("SELECT EXISTS (SELECT FROM models WHERE id = :id AND state = 'training')")
PROGRESS = text("""
    UPDATE models SET percent = greatest(percent, :percent), step = :step, said = :said
    WHERE id = :id AND state = 'training'
""")
FINISH = text("""
    UPDATE models
    SET state = 'ready', ended_at = clock_timestamp(), percent = 100, step = '', said = :said, path = :path,
        bytes = :bytes, figures = CAST(:figures AS jsonb)
    WHERE id = :id AND state = 'training' RETURNING id
""")
FAIL = text("""
    UPDATE models SET state = 'failed', ended_at = clock_timestamp(), fault = :fault, said = :said
    WHERE id = :id AND state = 'training' RETURNING id
""")
WANTED = text(f"SELECT {COLUMNS} FROM models WHERE wanted_at IS NOT NULL")
REFUSE = text("""
    UPDATE models
    SET wanted_at = NULL, fault = :fault, said = :said,
        state = CASE WHEN state = 'ready' AND CAST(:fault AS text) = 'refused' THEN 'failed' ELSE state END
    WHERE id = :id AND wanted_at IS NOT NULL RETURNING id
""")
ANSWERS = text("SELECT fingerprint FROM models WHERE state = 'live'")
NO_MORE = text("UPDATE models SET state = 'earlier' WHERE state = 'live'")
NOW_LIVE = text("""
    UPDATE models
    SET state = 'live', live_at = clock_timestamp(), wanted_at = NULL, fault = NULL,
        path = coalesce(path, :path), bytes = coalesce(bytes, :bytes), ended_at = coalesce(ended_at, clock_timestamp())
    WHERE fingerprint = :fingerprint AND state NOT IN ('failed', 'cancelled') RETURNING id
""")
FOUND_LIVE = text("""
    INSERT INTO models (fingerprint, state, asked_by, reason, live_at, percent, path, bytes)
    VALUES (:fingerprint, 'live', :by, '', clock_timestamp(), 100, :path, :bytes) RETURNING id
""")
TO_COMPARE = text(f"""
    SELECT {COLUMNS} FROM models
    WHERE state = 'ready' AND wanted_at IS NULL AND path IS NOT NULL
      AND (gate IS NULL OR gate ->> 'against' <> (SELECT fingerprint FROM models WHERE state = 'live'))
      AND EXISTS (SELECT FROM models WHERE state = 'live')
    ORDER BY id DESC LIMIT 1
""")
JUDGED = text("""
    UPDATE models SET gate = CAST(:gate AS jsonb), gated_at = clock_timestamp() WHERE id = :id AND state = 'ready'
    RETURNING id
""")
LIVE_MODEL = text(f"SELECT {COLUMNS} FROM models WHERE state = 'live'")
# What was tried was tried beside the model that answered.
TRIAL_OVER = text("""
    UPDATE model_trials SET ended_at = clock_timestamp(), ended_by = :by, ended_why = 'another_answers'
    WHERE ended_at IS NULL RETURNING model_id
""")
NOT_KEPT = text("""
    UPDATE models SET path = NULL
    WHERE path IS NOT NULL AND fingerprint <> ALL (:kept) AND state <> 'training'
""")


@dataclass(frozen=True)
class Course:
    """What the process that trains writes."""

    engine: AsyncEngine

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection | None]:
        """The connection that holds the right to train while the block lasts; None: another process has it."""
        async with single_statements(self.engine) as connection:
            held = bool((await connection.execute(TRY_LOCK, {"key": LOCK})).scalar_one())
            try:
                yield connection if held else None
            finally:
                await connection.invalidate()  # ends it, and the lock with it

    async def insist(self, connection: AsyncConnection) -> None:
        """Ask whether the connection that holds the right still stands. Raises DBAPIError: it does not."""
        await connection.execute(STILL)

    async def recover(self, own: int = 0) -> list[Model]:
        """Say of a training whose process died that it failed. `own` is the one that goes on in this process."""
        async with transaction(self.engine) as connection:
            found = [Model(**row._mapping) for row in await connection.execute(RECOVER, {"own": own})]
            for one in found:
                await self._failed(connection, one.id, Fault.INTERRUPTED)
        return found

    async def begin(self) -> Model | None:
        """The next that waits: from now on it is being trained. None: none waits."""
        async with transaction(self.engine) as connection:
            row = (await connection.execute(BEGIN)).one_or_none()
        return None if row is None else Model(**row._mapping)

    async def goes_on(self, number: int) -> bool:
        """Whether a training goes on: nobody has cancelled it."""
        async with self.engine.connect() as connection:
            return bool((await connection.execute(GOES_ON, {"id": number})).scalar_one())

    async def progress(self, number: int, percent: int, step: str, said: str) -> None:
        """Say how far a training is; it never goes back."""
        async with transaction(self.engine) as connection:
            values = {"id": number, "percent": percent, "step": step, "said": _end(said)}
            await connection.execute(PROGRESS, values)

    async def finish(self, number: int, *, path: str, size: int, figures: Mapping[str, Any] | None, said: str) -> bool:
        """Say that a model is trained and measured. Answers False where its training was cancelled meanwhile.

        Args:
            number: of the model.
            path: where its file is.
            size: of that, in bytes.
            figures: of its evaluation; None: there are no held-out turns.
            said: the end of what the training wrote.
        """
        document = None if figures is None else json.dumps(figures, ensure_ascii=False)
        values = {"id": number, "path": path, "bytes": size, "figures": document, "said": _end(said)}
        async with transaction(self.engine) as connection:
            done = (await connection.execute(FINISH, values)).scalar_one_or_none() is not None
            if done:
                await record(connection, TRAINER, "model.ready", subject=str(number))
        return done

    async def fail(self, number: int, fault: Fault, said: str) -> None:
        """Say that a training failed, and why; of one that was cancelled it says nothing."""
        async with transaction(self.engine) as connection:
            values = {"id": number, "fault": fault, "said": _end(said)}
            if (await connection.execute(FAIL, values)).scalar_one_or_none() is not None:
                await self._failed(connection, number, fault)

    async def wanted(self) -> Model | None:
        """The model that is to answer and does not yet."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(WANTED)).one_or_none()
        return None if row is None else Model(**row._mapping)

    async def refuse(self, number: int, fault: Fault, said: str) -> None:
        """Say that a wanted model was not taken. One that answered before may be gone back to again."""
        async with transaction(self.engine) as connection:
            values = {"id": number, "fault": fault, "said": _end(said)}
            if (await connection.execute(REFUSE, values)).scalar_one_or_none() is not None:
                await self._failed(connection, number, fault)

    async def answers(self, fingerprint: str, path: str | None, size: int | None) -> bool:
        """Note which model answers now. Answers whether it is another than before."""
        values = {"fingerprint": fingerprint, "path": path, "bytes": size, "by": TRAINER.login}
        async with transaction(self.engine) as connection:
            if (await connection.execute(ANSWERS)).scalar_one_or_none() == fingerprint:
                return False
            await connection.execute(NO_MORE)
            number = (await connection.execute(NOW_LIVE, values)).scalar_one_or_none()
            if number is None:
                number = (await connection.execute(FOUND_LIVE, values)).scalar_one()
            details = {"fingerprint": fingerprint}
            await record(connection, TRAINER, "model.live", subject=str(number), details=details)
            for tried in (await connection.execute(TRIAL_OVER, {"by": TRAINER.login})).scalars():
                await record(connection, TRAINER, "model.trial_end", subject=str(tried))
        return True

    async def to_compare(self) -> tuple[Model, Model] | None:
        """The model that answers, and the newest that waits and was not compared with it; None: there is none."""
        async with self.engine.connect() as connection:
            waits = (await connection.execute(TO_COMPARE)).one_or_none()
            live = (await connection.execute(LIVE_MODEL)).one_or_none()
        return None if waits is None or live is None else (Model(**live._mapping), Model(**waits._mapping))

    async def judged(self, number: int, verdict: Verdict) -> None:
        """Say what the gate says of a model; of one that does not wait any more nothing."""
        async with transaction(self.engine) as connection:
            values = {"id": number, "gate": verdict.model_dump_json()}
            if (await connection.execute(JUDGED, values)).scalar_one_or_none() is not None:
                stops = sorted({one.why.value for one in verdict.stops})
                details = {"against": verdict.against, "passes": verdict.passes, "stops": stops}
                await record(connection, TRAINER, "model.gate", subject=str(number), details=details)

    async def keep(self, fingerprints: Sequence[str]) -> None:
        """Note of all others that their files are not kept: nobody can go back to them."""
        async with transaction(self.engine) as connection:
            await connection.execute(NOT_KEPT, {"kept": [*fingerprints]})

    async def _failed(self, connection: AsyncConnection, number: int, fault: Fault) -> None:
        await record(connection, TRAINER, "model.fail", subject=str(number), details={"fault": fault.value})


def _end(said: str) -> str:
    return said.replace("\x00", "")[-LONGEST_SAID:]
