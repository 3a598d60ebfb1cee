"""Submitting a report once, and what is said and kept of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from pydantic import JsonValue

from actions.backends.open311 import Receipt, Report
from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.forms.filling import Filling
from actions.forms.replies import CANCEL, HUMAN
from actions.kinds.report import replies as say
from actions.kinds.report.agency import ENGLISH, OWN, Agency, Sort
from actions.schema.report import DESCRIPTION, PHONE, PHOTO, PLACE, ReportService
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, BackendTimeout
from desk.contract.messages import KeepCase, Reply, Text
from desk.media.links import MediaLinks
from desk.texts.invisible import seen
from values.types.place import point_of

SENT_AT = "sent_at"
"""Remembered while it is not known whether the report was taken."""
PHOTO_DAYS = 30
"""So long an agency may fetch a photo."""
NOT_SENT = "not_sent"
"""Remembered while the agency's system could not be told; also the status of such a report, which the desk keeps."""
UNKNOWN, SUBMITTED, OPEN, HANDED_OVER = "unknown", "submitted", "open", "handed_over"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Counter:
    """The agency's counter for one service in one city. Without `links` no photo can be shown to it."""

    service: str
    declared: ReportService
    agency: Agency
    links: MediaLinks | None

    async def submit(self, filling: Filling, frame: Frame, sort: Sort, answers: Mapping[str, str]) -> Step:
        """Submit what the form says; say what became of it.

        Raises:
            BackendRefused: the server does not know the category any more (404).
        """
        turn, key = filling.turn, key_of(filling.turn, frame)
        sent_at = frame.shown.get(SENT_AT)
        before = datetime.fromisoformat(sent_at) if isinstance(sent_at, str) else None
        report = self._report(filling, sort, answers)
        try:
            receipt = await self.agency.server.submit(
                report, key=key, now=turn.now, sent_at=before, listed=sort.type == "realtime"
            )
        except (BackendTimeout, BackendNonsense) as exc:
            return self._unknown(filling, frame, sort, exc, before or turn.now)
        except BackendRefused as exc:
            if exc.status == 404:
                raise
            log.warning("report_refused", service=self.service, status=exc.status)
            refused = Reply(key="report.refused", args=say.called(filling.agency), buttons=[HUMAN, CANCEL])
            return Step(filling.said, dict(filling.values), dict(filling.shown), Question(None, refused))
        except BackendError as exc:
            log.warning("report_not_sent", service=self.service, error=type(exc).__name__)
            if before is not None:
                return self._unknown(filling, frame, sort, exc, before)
            return self._not_sent(filling, frame, sort)
        reply = say.submitted(self.declared, sort, filling.values[PLACE], receipt, filling.agency)
        kept = self._case(turn, frame, sort, filling.values, receipt, key)
        return Step((*filling.said, reply), finished=True, effects=(kept,), consents=filling.consents)

    def _unknown(self, filling: Filling, frame: Frame, sort: Sort, why: BackendError, sent_at: datetime) -> Step:
        """Say that it may have been taken; it is kept, followed, and looked for before it is sent again."""
        turn = filling.turn
        filling = replace(filling, shown={name: one for name, one in filling.shown.items() if name != NOT_SENT})
        log.warning("report_unknown", service=self.service, error=type(why).__name__)
        kept = self._case(turn, frame, sort, filling.values, None, key_of(turn, frame), sent_at)
        said = Reply(key="report.unknown", args=say.called(filling.agency), buttons=[say.AGAIN, CANCEL, HUMAN])
        shown: dict[str, JsonValue] = {**filling.shown, SENT_AT: sent_at.isoformat()}
        question = Question(None, said, confirms="submit")
        return Step(filling.said, dict(filling.values), shown, question, effects=(kept,))

    def _not_sent(self, filling: Filling, frame: Frame, sort: Sort) -> Step:
        """Say that it was not taken; it is kept: where it is not sent later either, clerks see to it."""
        turn = filling.turn
        kept = self._case(turn, frame, sort, filling.values, None, key_of(turn, frame), status=NOT_SENT)
        reply = Reply(key="report.not_sent", buttons=[say.AGAIN, CANCEL, HUMAN])
        question = Question(None, reply, confirms="submit")
        shown: dict[str, JsonValue] = {**filling.shown, NOT_SENT: True}
        return Step(filling.said, dict(filling.values), shown, question, effects=(kept,))

    def _report(self, filling: Filling, sort: Sort, answers: Mapping[str, str]) -> Report:
        values = filling.values
        point = point_of(values[PLACE])
        photo = values.get(PHOTO)
        media_url = None
        if photo and self.links is not None:
            media_url = self.links.address(UUID(photo), filling.turn.now + timedelta(days=PHOTO_DAYS))
        return Report(
            service_code=sort.code,
            description=seen(values.get(DESCRIPTION, "")) or sort.names.zh_Hans,
            address=None if point else seen(values[PLACE]),
            lat=point[0] if point else None,
            lon=point[1] if point else None,
            phone=values.get(PHONE) or None,
            media_url=media_url,
            attributes=list(answers.items()),
            language=ENGLISH if filling.turn.locale == "en" else OWN,
        )

    def _case(
        self,
        turn: Turn,
        frame: Frame,
        sort: Sort,
        values: Mapping[str, str],
        receipt: Receipt | None,
        key: str,
        sent_at: datetime | None = None,
        status: str | None = None,
    ) -> KeepCase:
        token = receipt.token if receipt else ""
        number = receipt.service_request_id if receipt else ""
        if status is None:
            status = UNKNOWN if receipt is None else OPEN if number else SUBMITTED if token else HANDED_OVER
        facts: dict[str, JsonValue] = {
            "key": key,
            "code": sort.code,
            "type": sort.type,
            "token": token,
            "sent_at": (sent_at or turn.now).isoformat(),
        }
        return KeepCase(
            case=frame.id,
            city=turn.city.slug,
            service=self.service,
            agency=turn.city.services[self.service].agency,
            kind="report",
            reference=number or token or key[:20].upper(),
            about=say.about(sort, values[PLACE]),
            facts=facts,
            status=status,
            over=status == HANDED_OVER,
            contact_phone=values.get(PHONE) or None,
        )


def given_up(turn: Turn, frame: Frame, title: Text) -> Step:
    """The resident does not want any more what could not be sent: nobody sees to it."""
    args: dict[str, JsonValue] = {"service": {"text": title.model_dump(mode="json")}}
    over = {"status": "withdrawn", "over": True, "known_at": None}
    kept = [KeepCase.model_validate(one.model_dump() | over) for one in turn.context.cases if one.case == frame.id]
    return Step((Reply(key="common.cancelled", args=args),), finished=True, effects=tuple(kept))


def key_of(turn: Turn, frame: Frame) -> str:
    """The key of a report: the same whenever this turn, or this form, is answered again."""
    return hashlib.sha256(f"{turn.conversation}\n{frame.id}".encode()).hexdigest()[:32]
