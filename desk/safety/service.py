"""Hearing an emergency and answering it: before tickets, before the kill switch, before the bot.

What is heard by the signs needs nothing but the data; where they hear nothing and the bot is not about to be asked
anyway (in an emergency, in the queue, beside a clerk, with the voice stopped), its model is asked, and not waited for
long. An emergency lasts until it is over, something else is plainly wanted, or nothing is written for an hour.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Protocol

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import City
from desk.contract.errors import BotError
from desk.contract.messages import Caution, Effect, EmergencyHeard, Reply, Text
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Permission
from desk.contract.turns import Denial, TurnResult, Understood
from desk.contract.wire import LOCALES, Locale
from desk.conversations.answers import Answer
from desk.conversations.outcomes import Outcome
from desk.conversations.ports import Ended
from desk.conversations.rows import ConversationRow
from desk.conversations.waiting import Waiting
from desk.safety import store
from desk.safety.following import calling, names_down, next_step, told_in
from desk.safety.kinds import Act, Kind, Unanswered
from desk.safety.rows import EmergencyRow, EndedAs, Heard, Next, matter_of
from desk.safety.signs import HELP, Signs
from desk.safety.steps import (
    BODY,
    FIRST,
    Step,
    asks,
    borne_out,
    case_named,
    compared,
    count_named,
    denies,
    down_step,
    is_past,
    nearest,
    signs_named,
    steps_of,
    without_life,
)
from desk.safety.words import CALL, NONE, NONE_BUTTON, NOW, Wording
from desk.safety.words import OVER as OVER_PAYLOAD
from desk.staff.alerts import AlertKind, raise_alert
from desk.texts.catalogs import Catalogs
from desk.tickets import queue
from desk.tickets.hours import answering_agency

log = structlog.get_logger(__name__)

EMERGENCIES = Counter(
    "desk_emergencies_total", "Emergencies that residents wrote of, by kind and by who heard them", ["kind", "heard_by"]
)
UNHEARD = Counter(
    "desk_emergencies_unheard_total", "Messages that only the signs were asked about, since the bot was away"
)

OVER, WISH = 0.8, 0.98
"""Within an emergency a message ends it from so likely on, or wants something else. Of 337 lines by strangers that went
on six are taken for its end so and two for another wish; 81 % of ends and 79 % of wishes are heard, and the button that
is always there ends it, too."""
BARE = 6
"""Letters or characters of a part that says no more than "it is nothing"."""
_CLAUSE = re.compile(r"[，,。.；;！!？?…\n]+")
NEVER, SOON = 0.8, 2
"""And so likely it says that there never was one; after more answers than these that is its end, no more."""
SURE_OF_A_WISH = 0.6
"""And it is a wish only where the bot is so sure of a service or a move."""
DOUBTFUL = 0.95
"""Heard less surely than this, a kind that the resident denied lately is not raised again, and the words of the button
("no danger") end even what people play down. Of 886 emergencies by strangers 30 are heard so (docs/decisions/0010)."""
ALL_BUT_SURE = 0.95
INSTEAD = 0.5
"""So likely what is left of a text that denies one kind tells of another, or of the same after all."""
NO_WISHES = frozenset(
    {
        *("affirm", "cancel", "choose", "correct", "deny", "go_back", "goodbye", "greet", "inform", "thanks"),
        *("nlu_fallback", "out_of_scope"),
    }
)
"""Intents that are no wish for something else."""
PERSON, SURE_OF_A_PERSON = "human_agent", 0.8
"""Who surely wants a person gets one, whatever else is heard."""
PRIORITY = 1
"""Of an emergency's ticket: it comes before all others."""
NOTHING = (
    *("common.not_understood", "common.too_long_to_understand", "common.out_of_scope", "common.nor_that"),
    *("facts.not_known", "guide.none", "guide.not_said_of"),
)
"""Keys of answers that understood nothing, or know nothing of it, begin so."""
BY_SIGN = 0.5
"""How sure an emergency is of which a sign is named in words that mean nothing else."""


class Reader(Protocol):
    """Understands a text without taking a turn."""

    async def understand(self, text: str, compared: Sequence[str] = ()) -> Understood:
        """Raises BotError: it cannot, or not in time."""
        ...


@dataclass(frozen=True, slots=True)
class Meant:
    """What a message is within an emergency, and the emergency that it tells of itself."""

    next: Next
    heard: Heard | None = None
    likeness: tuple[float, ...] = ()  # to each of the compared texts; empty where the bot was not asked
    wished: str | None = None  # the intent, where that is all but sure
    denial: Denial | None = None  # where a part of it says that what was answered is not so


type Standing = Literal["free", "waiting", "claimed"]
"""Whether a ticket holds the conversation: none, one that nobody has claimed, one that a clerk has."""


class Safety:
    """Hears emergencies and answers them (`desk.conversations.ports.Emergencies`).

    Args:
        kinds: by name, as `nlu/safety/` declares them.
        wording: composes what is said.
        unanswered: what to do where a telephone is not answered.
        signs: hears without the bot.
        reader: the bot, asked where no turn asks it.
        catalogs: the residents' texts.
        cities: by slug.
    """

    columns: ClassVar[Mapping[str, str]] = {"emergency": store.OPEN, "emergency_denied": store.DENIED}

    def __init__(
        self,
        *,
        kinds: Mapping[str, Kind],
        wording: Wording,
        unanswered: Unanswered,
        signs: Signs,
        reader: Reader,
        catalogs: Catalogs,
        cities: Mapping[str, City],
    ) -> None:
        self._kinds = kinds
        self._wording = wording
        self._unanswered = unanswered
        self._signs = signs
        self._reader = reader
        self._catalogs = catalogs
        self._cities = cities
        with_cases = [name for name, kind in kinds.items() if kind.cases]
        steps = steps_of(kinds, with_cases, first=False)
        self._of_signs = [step for step in steps if step.act.signs and not step.act.within]
        titles = [catalogs.text(Text(key=NONE_BUTTON), locale) for locale in LOCALES]
        self._none = {_bare(title) for title in titles}
        self._no_danger = {_bare(_CLAUSE.split(title)[0]) for title in titles}

    async def answer(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | Ended | None:
        """Answer a message if it is of an emergency. None: it is not."""
        if waiting.text is not None and _bare(waiting.text) in self._none:  # the words of the button are its press
            waiting = replace(waiting, kind="payload", body={"payload": NONE})
        text, current = waiting.text, store.opened(waiting.read["emergency"])
        heard = None if text is None else self._signs.hear(text)
        if current is not None:
            return await self._in_one(connection, conversation, waiting, current, heard)
        denied = frozenset(waiting.read["emergency_denied"] or ())
        if heard is None and text is not None and (denied or waiting.read["has_ticket"] or waiting.is_silent):
            heard = (await self._understood(text)).heard
        if heard is not None and text is not None and heard.kind in denied and heard.confidence < DOUBTFUL:
            return Ended(words=text)
        if heard is not None:
            return await self.tell(connection, conversation, waiting, await self._looked_at(heard, text))
        if (case := self._case_now(waiting)) is not None:
            return await self.tell(connection, conversation, waiting, Heard(case.kind, 1.0, "resident"), case)
        if (dialled := _dialled(waiting)) is not None:
            standing = await self._standing(connection, conversation, waiting)
            return self._answer(self._wording.dial_alone(dialled), conversation, standing)
        if waiting.payload == NONE:
            return self._answer(self._wording.none(), conversation, "free")
        return None

    async def _looked_at(self, heard: Heard, text: str | None) -> Heard:
        """What the signs heard; where the model hears that somebody is down, what the model heard."""
        if text is None or heard.by == "model":
            return heard
        by_model = (await self._understood(text)).heard
        return heard if by_model is None or not by_model.down else replace(by_model, confidence=heard.confidence)

    async def _corrected(self, connection: AsyncConnection, current: EmergencyRow, meant: Meant) -> Heard | None:
        """The kind that is told of instead, where the resident says that it is not this one; None: it goes on.

        What the text says beside that counts first, then that with the first words; where neither tells of another
        kind, or it tells of this one after all ("no gas, a stove"), the kind stays.
        """
        denial, down = meant.denial, meant.heard is not None and meant.heard.down
        if denial is None or (down and current.kind == BODY):  # "he has no pulse" denies nothing
            return None
        if denial.kinds.get(current.kind, 0.0) >= INSTEAD:
            return None
        others = {name: share for name, share in denial.kinds.items() if name != current.kind and name in self._kinds}
        likeliest = max(others, key=lambda name: others[name], default=None)
        words = await store.words_of(connection, current.told_by)
        told = None if words is None else (await self._understood(f"{words} {denial.rest}")).heard
        if told is not None and told.down and current.kind in (told.kind, *told.also) and told.kind != current.kind:
            return replace(told, also=tuple(name for name in told.also if name != current.kind))
        if likeliest is not None and others[likeliest] >= INSTEAD:
            return Heard(likeliest, others[likeliest], "model", (), told is not None and told.down)
        if told is None or told.kind == current.kind:
            return None
        return replace(told, also=tuple(name for name in told.also if name != current.kind))

    async def _in_one(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        current: EmergencyRow,
        heard: Heard | None,
    ) -> Answer | Ended | None:
        """Answer a message while an emergency lasts: more of it, its end, another one, or something else.

        It is another one only if signs and model both clearly hear it: what people tell of one sounds like others.
        """
        claimed = await self._standing(connection, conversation, waiting) == "claimed"
        if claimed:  # the clerk speaks; of another emergency there is a notice
            return None if heard is None else await self.tell(connection, conversation, waiting, heard)
        if waiting.payload == NONE or await self._says_none(connection, current, waiting.text):
            return await self._was_none(connection, conversation, waiting, current)
        if (dialled := _dialled(waiting)) is not None:
            await store.count(connection, current, kind=current.kind)
            said = self._wording.dial(self._cities[conversation.city], self._kinds[current.kind], dialled)
            return self._answer(said, conversation, await self._standing(connection, conversation, waiting))
        spoken = self._spoken(conversation, waiting.text)
        steps = steps_of(self._kinds, told_in(self._kinds, current, waiting.text), first=True)
        meant = await self._meant(waiting, compared(steps, spoken.locale))
        if self._is_unanswered(waiting.text):  # nobody is there yet, whatever else is said
            meant = replace(meant, next="goes_on")
        ends = meant.next in ("over", "never") and not asks(waiting.text or "")
        trusted = ends and await self._is_trusted(current, waiting.text)
        if meant.next == "never" and trusted:
            return await self._was_none(connection, conversation, waiting, current)
        if trusted:
            return await self._ended(connection, conversation, waiting, current, "over")
        if (instead := await self._instead(connection, current, meant, waiting.text)) is not None:
            return await self.tell(connection, conversation, _without(waiting, current, meant), instead)
        another = heard is not None and _agree(heard, meant.heard) and heard.kind not in current.kinds
        if heard is not None and another and await self._is_nearer(waiting, current, heard, spoken.locale):
            heard = replace(heard, down=meant.heard is not None and meant.heard.down)
            return await self.tell(connection, conversation, waiting, heard)
        if meant.next == "wish" and heard is None and self._is_elsewhere(conversation, waiting, current, meant):
            return await self._ended(connection, conversation, waiting, current, "wish")
        down = meant.heard is not None and meant.heard.down
        step = next_step(self._kinds, current, waiting.text, steps, meant.likeness, down=down)
        return await self._step(connection, spoken, waiting, current, step, meant.heard or heard)

    async def _instead(
        self, connection: AsyncConnection, current: EmergencyRow, meant: Meant, text: str | None
    ) -> Heard | None:
        """Another kind that leads from now on: this one was denied, or it yields to somebody who is down."""
        if (heard := await self._corrected(connection, current, meant)) is not None:
            return heard
        if not self._kinds[current.kind].yields:
            return None
        if meant.heard is not None and meant.heard.down:
            return meant.heard if meant.heard.kind != current.kind else None
        return Heard(BODY, BY_SIGN, "signs", (), True) if names_down(self._kinds, text) else None

    def _body_first(self, heard: Heard, text: str | None) -> Heard:
        """What was heard; the body where that yields to it and a text names a sign that somebody is down."""
        if not self._kinds[heard.kind].yields or not names_down(self._kinds, text):
            return heard
        also = tuple(name for name in (heard.kind, *heard.also) if name not in (BODY, HELP))
        return replace(heard, kind=BODY, also=also, down=True)

    def _is_unanswered(self, text: str | None) -> bool:
        """Whether a text says that a telephone is engaged, or that nobody answers it."""
        return text is not None and count_named(self._unanswered.signs, text) > 0

    def _if_unanswered(self, city: City, text: str | None, kind: Kind) -> Act | None:
        """What to do where a text says that a telephone is not answered: that of which it names the number, else the
        first of a kind."""
        if text is None or not self._is_unanswered(text):
            return None
        return self._unanswered.of(self._wording.named_in(city, text, self._unanswered.by) or kind.call[0])

    async def _says_none(self, connection: AsyncConnection, current: EmergencyRow, text: str | None) -> bool:
        """Whether a clause says what the button says first ("no danger"); of an emergency that lasts that is believed
        only where it was doubtful from the first, or where it is called by its name to say that it is not so, in words
        of which nobody hears an emergency."""
        if text is not None and denies(self._kinds[current.kind].denied, text):
            return (await self._understood(text)).heard is None
        if text is None or not any(_bare(clause) in self._no_danger for clause in _CLAUSE.split(text)):
            return False
        return not self._kinds[current.kind].lasting or await self._was_doubtful(connection, current)

    async def _was_doubtful(self, connection: AsyncConnection, current: EmergencyRow) -> bool:
        """Whether the words that told of it first hardly sound like one; not where they or the bot are away."""
        words = await store.words_of(connection, current.told_by)
        heard = None if words is None else (await self._understood(words)).heard
        return heard is not None and heard.by == "model" and heard.confidence < DOUBTFUL

    async def _is_nearer(self, waiting: Waiting, current: EmergencyRow, heard: Heard, locale: Locale) -> bool:
        """Whether what is to be done in the other emergency is nearer to what was written than what is in this one.

        A child that is dizzy from gas is the gas's, not a child's that swallowed something.
        """
        steps = steps_of(self._kinds, [*current.kinds, *current.beside, heard.kind], first=True)
        meant = await self._understood(waiting.text or "", compared(steps, locale))
        step = nearest(steps, meant.likeness, ())
        return step is None or step.kind == heard.kind

    async def _is_trusted(self, current: EmergencyRow, text: str | None) -> bool:
        """Whether words end the emergency: more than that somebody breathes must say so, and of one that lasts a part
        that is more than a bare word."""
        if text is None:
            return True
        if (rest := without_life(text)) is not None:
            return bool(rest) and (await self._understood(rest)).next in ("over", "never")
        if not self._kinds[current.kind].lasting:
            return True
        told = [part for part in _CLAUSE.split(text) if len(_bare(part)) > BARE]
        return any([(await self._understood(part)).next in ("over", "never") for part in told])

    def _is_elsewhere(
        self, conversation: ConversationRow, waiting: Waiting, current: EmergencyRow, meant: Meant
    ) -> bool:
        """Whether a wish is for something else: who wants to die and asks what to say on the telephone stays here.

        Of an emergency that lasts only a service of the city, or a person, that is all but surely wanted leads away.
        """
        if waiting.text is None or not self._kinds[current.kind].lasting:
            return True
        return meant.wished == PERSON or meant.wished in self._cities[conversation.city].services

    async def _meant(self, waiting: Waiting, compared: Sequence[str]) -> Meant:
        if waiting.payload is not None:
            return Meant("wish" if self._case_now(waiting) is None else "goes_on")
        if waiting.text is None or not any(char.isalnum() for char in waiting.text):
            return Meant("goes_on")
        return await self._understood(waiting.text, compared)

    async def without_bot(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | None:
        """Answer a message that the bot could not be asked about, if it is likely to be of an emergency."""
        if waiting.text is None or waiting.body.get("harmless"):
            return None
        UNHEARD.inc()
        heard = self._signs.hear(waiting.text, alone=True)
        return None if heard is None else await self.tell(connection, conversation, waiting, heard)

    async def heard_by_bot(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, result: TurnResult
    ) -> Answer | None:
        """Answer a message of which the bot says that it is of an emergency, or of which nothing but a sign of one was
        understood. None: neither."""
        heard = heard_by_model(next((one for one in result.effects if isinstance(one, EmergencyHeard)), None))
        heard = heard or self._heard_by_sign(waiting, result)
        if heard is None:
            return None
        urgent = await self.tell(connection, conversation, waiting, heard)
        return urgent or Answer(Outcome.WITH_CLERK, handed_over=True)

    def _heard_by_sign(self, waiting: Waiting, result: TurnResult) -> Heard | None:
        """The emergency of which a text names a sign, where the bot understood nothing else in it."""
        if waiting.body.get("harmless") or not result.replies or not result.replies[0].key.startswith(NOTHING):
            return None
        kinds = self._warned_of(waiting, result.effects)
        named = self.signs(waiting.text or "")
        return next((Heard(kind, BY_SIGN, "model") for kind in kinds if kind in named), None)

    def signs(self, text: str) -> dict[str, int]:
        """How many signs of a case of an emergency a text names, by its kind; of a kind the case with the most. What
        names a kind by itself is one, and so is what a text tells of long ago."""
        of_kinds = ((name, min(count_named(kind.signs, text), 1)) for name, kind in self._kinds.items())
        most = 1 if is_past(text) else len(text)
        of_cases = ((step.kind, min(signs_named(step, text), most)) for step in self._of_signs)
        return {kind: count for kind, count in sorted([*of_kinds, *of_cases], key=lambda one: one[1]) if count}

    def _warned_of(self, waiting: Waiting, effects: Iterable[Effect]) -> list[str]:
        """The kind that a text may tell of, if any; none that the resident said lately it is not."""
        denied = {*(waiting.read["emergency_denied"] or ())}
        return [one.kind for one in effects if isinstance(one, Caution) and one.kind not in denied][:1]

    def cautions(
        self, conversation: ConversationRow, waiting: Waiting, effects: Iterable[Effect]
    ) -> list[RenderedMessage]:
        """What is said before the answer to a text that only may tell of an emergency, or names signs of one.

        Nothing of a kind that the resident said lately it is not.
        """
        kinds = self._warned_of(waiting, effects)
        case = case_named([step for step in self._of_signs if step.kind in kinds], waiting.text)
        names = [f"{kind}:{FIRST}" if case is None else case.name for kind in kinds]
        city, says = self._cities[conversation.city], self._catalogs.in_manner(conversation.manner)
        replies = [
            self._wording.caution(city, name, calling(self._kinds, kind, [name]))
            for name, kind in zip(names, kinds, strict=True)
        ]
        return [says.render(reply, conversation.locale) for reply in replies]

    def _case_now(self, waiting: Waiting) -> Step | None:
        """The case that a resident was warned of, and says is so now."""
        found = None if waiting.payload is None else NOW.fullmatch(waiting.payload)
        steps = () if found is None else steps_of(self._kinds, [*self._kinds], first=True)
        return next((one for one in steps if found is not None and one.name == found["case"]), None)

    async def tell(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        heard: Heard,
        case: Step | None = None,
    ) -> Answer | None:
        """Say what to do now and whom to call; None where a clerk speaks, and the same was said beside them.

        `case`: the step to say first, where it is known.
        """
        heard = self._body_first(heard, waiting.text)
        current, standing = (
            store.opened(waiting.read["emergency"]),
            await self._standing(connection, conversation, waiting),
        )
        known = current is not None and heard.kind in current.kinds
        if standing == "claimed" and known:
            return None
        city, kind = self._cities[conversation.city], self._kinds[heard.kind]
        spoken = self._spoken(conversation, waiting.text)
        if not known:
            EMERGENCIES.labels(kind=heard.kind, heard_by=heard.by).inc()
        if current is None:
            current = await store.begin(
                connection,
                conversation.id,
                city=city.slug,
                kind=heard.kind,
                beside=heard.also,
                told_by=waiting.id,
            )
        await self._keep_ticket(connection, conversation, current, heard.kind)
        others = [self._kinds[name] for name in heard.also]
        if heard.down and heard.kind != BODY:  # whoever saves a life is called first
            kind, others = self._kinds[BODY], [kind, *others]
        step = None
        if standing == "claimed":
            said = self._wording.notice(city, kind, *others)
        else:
            step = case or await self._case(waiting, heard, spoken.locale)
            step = step or Step(f"{heard.kind}:{FIRST}", self._kinds[heard.kind].first)
            kind = calling(self._kinds, heard.kind, [step.name]) if kind is self._kinds[heard.kind] else kind
            unanswered = self._if_unanswered(city, waiting.text, kind)
            said = self._wording.first(city, step.act, kind, *others, unanswered=unanswered)
        await store.count(connection, current, kind=heard.kind, step=None if step is None else step.name)
        return self._answer(said, spoken, standing, confidence=heard.confidence)

    async def _case(self, waiting: Waiting, heard: Heard, locale: Locale) -> Step | None:
        """Of a kind with cases, the step for what was written: for the case whose signs it names, else the nearest that
        needs none; None where none fits, or the bot is away.

        Of somebody who is down, what is first, unless the signs of a case are named of somebody who is not; a kind
        whose own danger comes before that says it after its own first.
        """
        names = [name for name in (heard.kind, *heard.also) if self._kinds[name].cases]
        steps = [one for one in steps_of(self._kinds, names, first=False) if not (one.is_meanwhile or one.is_fact)]
        case = case_named(steps, waiting.text) if self._kinds[heard.kind].cases else None
        down = heard.down or names_down(self._kinds, waiting.text)
        if down and self._kinds[heard.kind].down is not None and (case is None or case.act.down):
            return down_step(self._kinds, heard.kind)
        if case is not None or waiting.text is None or not self._kinds[heard.kind].cases:
            return case
        meant = await self._understood(waiting.text, compared(steps, locale))
        return nearest(steps, meant.likeness, (), borne_out(steps, waiting.text))

    async def _step(
        self,
        connection: AsyncConnection,
        spoken: ConversationRow,
        waiting: Waiting,
        current: EmergencyRow,
        step: Step,
        heard: Heard | None,
    ) -> Answer:
        """Say what to do next; what the model heard beside it adds a telephone, and changes nothing else."""
        city = self._cities[spoken.city]
        kept = {"location": "place", "media": "file"}.get(waiting.kind)
        named = [current.kind, *current.kinds, *current.beside, step.kind, *([] if heard is None else [heard.kind])]
        kinds = [calling(self._kinds, name, [*current.steps, step.name]) for name in dict.fromkeys(named)]
        if kept is None:
            unanswered = self._if_unanswered(city, waiting.text, kinds[0])
            said = self._wording.step(city, step.act, current.said, *kinds, unanswered=unanswered)
        else:
            said = self._wording.kept(city, step.act, current.said, *kinds, what=kept)
        message = None if kept is None else waiting.id
        await store.count(connection, current, kind=current.kind, step=step.name, kept=message)
        return self._answer(said, spoken, await self._standing(connection, spoken, waiting))

    async def _ended(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        current: EmergencyRow,
        ended_as: EndedAs,
    ) -> Answer | Ended:
        await store.end(connection, current, ended_as)
        if ended_as == "wish":
            return Ended()
        await queue.lower(connection, matter_of(current.id))
        over = self._wording.over(self._cities[conversation.city], calling(self._kinds, current.kind, current.steps))
        if waiting.read["has_ticket"] or waiting.is_silent:
            standing = await self._standing(connection, conversation, waiting)
            return self._answer(over, self._spoken(conversation, waiting.text), standing)
        return Ended(over, payload=OVER_PAYLOAD)

    async def _was_none(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, current: EmergencyRow
    ) -> Answer | Ended:
        """The resident says that there was no emergency: what they had written is answered as usual.

        After more than the first answers they have told more than those words, and nothing but an end is said.
        """
        if current.said > (1 if waiting.payload == NONE else SOON):
            return await self._ended(connection, conversation, waiting, current, "none")
        await store.end(connection, current, "none")
        await queue.settle_matter(connection, matter_of(current.id))
        words = await store.words_of(connection, current.told_by)
        if words is None or waiting.read["has_ticket"] or waiting.is_silent:
            standing = await self._standing(connection, conversation, waiting)
            return self._answer(self._wording.none(), conversation, standing)
        return Ended(self._wording.mistaken(), words=words)

    async def _understood(self, text: str, compared: Sequence[str] = ()) -> Meant:
        """What the bot makes of a text; where it is away, what the signs make of it."""
        try:
            found = await self._reader.understand(text, compared)
        except BotError as exc:
            UNHEARD.inc()
            log.warning("emergency_by_signs_alone", error=type(exc).__name__)
            return Meant(_next(self._signs.follow(text)), self._signs.hear(text, alone=True))
        wish, after = _is_wish(found), _next(found.follows)
        meant: Next = "wish" if wish else "goes_on" if after == "wish" else after
        wished = found.intent.name if found.intent.confidence >= ALL_BUT_SURE else None
        return Meant(meant, heard_by_model(found.emergency), tuple(found.likeness), wished, found.denial)

    async def _standing(self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting) -> Standing:
        if not waiting.read["has_ticket"]:
            return "free"
        ticket = await queue.live_ticket(connection, conversation.id)
        return "free" if ticket is None else "claimed" if ticket.state == "claimed" else "waiting"

    async def _keep_ticket(
        self, connection: AsyncConnection, conversation: ConversationRow, emergency: EmergencyRow, kind: str
    ) -> None:
        """Open the ticket of the emergency, or write into it what it is about by now."""
        matter, reason = matter_of(emergency.id), f"emergency_{kind}"
        ticket = await queue.open_matter(
            connection,
            conversation.id,
            city=conversation.city,
            agency=answering_agency(self._cities[conversation.city], channel=conversation.channel, service=None).slug,
            reason=reason,
            service=None,
            matter=matter,
            priority=PRIORITY,
        )
        if ticket is None:
            await queue.retell(connection, matter, reason=reason, priority=PRIORITY)
        else:
            log.warning("emergency", city=conversation.city, ticket=ticket.reference)
            await raise_alert(
                connection,
                AlertKind.EMERGENCY,
                ticket.reference,
                to=Permission.TICKET_ANSWER,
                city=ticket.city,
                agency=ticket.agency,
            )

    def _spoken(self, conversation: ConversationRow, text: str | None) -> ConversationRow:
        """The conversation in the language of the message, if that is clear and spoken in the city."""
        locale = None if text is None else self._signs.language(text)
        spoken: Locale = locale or conversation.locale
        return (
            replace(conversation, locale=spoken)
            if spoken in self._cities[conversation.city].languages
            else conversation
        )

    def _answer(
        self,
        reply: Reply,
        conversation: ConversationRow,
        standing: Standing,
        *,
        confidence: float = 1.0,
    ) -> Answer:
        message = self._catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        return Answer(
            Outcome.EMERGENCY,
            messages=[message],
            author="notice" if standing == "claimed" else "bot",
            locale=conversation.locale,
            handed_over=standing != "free",
            intent={"intent": "emergency", "confidence": round(confidence, 4)},
        )


def heard_by_model(found: EmergencyHeard | None) -> Heard | None:
    """What the bot heard, as this room says it."""
    return None if found is None else Heard(found.kind, found.confidence, "model", tuple(found.also), found.down)


def _without(waiting: Waiting, current: EmergencyRow, meant: Meant) -> Waiting:
    """The message, with the kind of the emergency that lasts taken from it where it was denied."""
    if meant.denial is None:
        return waiting
    kept = {
        "kinds": [name for name in current.kinds if name != current.kind],
        "beside": [name for name in current.beside if name != current.kind],
    }
    return replace(waiting, read={**waiting.read, "emergency": {**waiting.read["emergency"], **kept}})


def _is_wish(found: Understood) -> bool:
    """Whether something else is plainly wanted: a person, surely, or what sounds nothing like an emergency."""
    name, confidence = found.intent.name, found.intent.confidence
    if name == PERSON:
        return confidence >= SURE_OF_A_PERSON
    sure = confidence >= SURE_OF_A_WISH and name not in NO_WISHES
    return sure and not found.possible and _next(found.follows) == "wish"


def _next(follows: Mapping[Next, float]) -> Next:
    if follows.get("never", 0.0) >= NEVER:
        return "never"
    return "over" if follows["over"] >= OVER else "wish" if follows["wish"] >= WISH else "goes_on"


def _agree(by_signs: Heard, by_model: Heard | None) -> bool:
    """Whether both hear one kind, and none beside it; never where the bot is away, and both are the signs."""
    if by_model is None or by_model.by != "model":
        return False
    return by_signs.kind == by_model.kind and not by_signs.also and not by_model.also


def _bare(text: str) -> str:
    """Letters and digits alone, whatever their width and case."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _dialled(waiting: Waiting) -> str | None:
    found = None if waiting.payload is None else CALL.fullmatch(waiting.payload)
    return None if found is None else found["number"]
