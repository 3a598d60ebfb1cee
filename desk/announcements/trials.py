"""A trial: an announcement by mail to staff, as residents would read it. No resident gets it, and nothing counts it."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from desk.announcements.content import SOURCE, State, faults_of, languages_of
from desk.announcements.history import note
from desk.announcements.room import refused
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Announcements
from desk.announcements.words import Notice, said
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.staff.mail import Mail, MailAway, MailRefused, MailServer
from desk.staff.wanted import AlertWishes, Colleague
from desk.store.database import transaction

MOST = 10  # who get one trial
SHOWN = 50  # colleagues to choose from
NO_ADDRESS = "console.error_announcement_no_address"
"""What says that one has left no address oneself."""
UNFINISHED = (State.DRAFT, State.RETURNED)


@dataclass(frozen=True)
class Trials:
    """The room for pages, programs and commands. `mail` is the server that takes mail; None: there is none."""

    room: Announcements
    wishes: AlertWishes
    mail: MailServer | None

    async def colleagues(self, actor: Actor, row: AnnouncementRow) -> Sequence[Colleague]:
        """Whom else the actor may send one to: who reads the agency's announcements and has left an address."""
        if self.mail is None or not may_name(actor, row):
            return ()
        place = (Permission.ANNOUNCEMENT_READ, row.city, row.agency)
        return [one for one in await self.wishes.with_address(*place, limit=SHOWN) if one.login != actor.login]

    async def send(self, actor: Actor, number: int, to: Sequence[str] = ()) -> Sequence[str]:
        """Send one, in every language in which residents read it, each a mail that says so first.

        Args:
            actor: somebody who reads this agency's announcements; who sends it to others writes or approves them.
            number: of the announcement.
            to: logins of members of staff who read them, too; none: to oneself.

        Returns:
            The logins of those to whom it was sent.

        Raises:
            NotFound: there is none that the actor may see.
            NotPermitted: the actor may not send it to others.
            Conflict: it is not written yet, somebody has left no address or reads no announcements of this agency,
                they are too many, there is no mail server, or it does not take the mail.
        """
        row = await self.room.find(actor, number)
        wanted = list(dict.fromkeys(to)) or [actor.login]
        if wanted != [actor.login] and not may_name(actor, row):
            raise NotPermitted("Only who writes or approves announcements of this agency sends trials to others.")
        if self.mail is None:
            raise refused("error_announcement_no_mail", "There is no mail server: set DESK_SMTP_URL.")
        if self._is_unfinished(row):
            raise refused("error_announcement_incomplete", "It is not written yet: `submit` says what is missing.")
        colleagues = await self._named(actor, row, wanted)
        async with transaction(self.room.engine) as connection:
            await note(connection, actor, row, "trial", at=self.room.now(), reason=", ".join(wanted))
        try:
            await self._hand_over(self.mail, list(self._mails(row, actor.name or actor.login)), colleagues)
        except MailAway as exc:
            raise refused("error_announcement_mail", "The mail server does not take it now: try again later.") from exc
        return wanted

    async def _hand_over(
        self, mail: MailServer, said_so: Sequence[tuple[str, str]], colleagues: Sequence[Colleague]
    ) -> None:
        """Send all, also where the server refuses the address of one.

        Raises:
            MailAway: the server takes nothing now.
            Conflict: it refused an address.
        """
        unsent = []
        for one in colleagues:
            try:
                for subject, body in said_so:
                    await mail.send(Mail(one.mail, subject, body, f"trial-{secrets.token_hex(12)}"))
            except MailRefused:
                unsent.append(one.login)
        if unsent:
            raise _about("refused", "The mail server refuses the address of", unsent)

    async def _named(self, actor: Actor, row: AnnouncementRow, wanted: Sequence[str]) -> Sequence[Colleague]:
        """Those who are to get it.

        Raises:
            Conflict: one of them cannot, or they are too many.
        """
        if len(wanted) > MOST:
            said_so = Text(key="console.error_announcement_trial_many", args={"most": MOST})
            raise Conflict(f"At most {MOST} get a trial.", said=said_so)
        found = await self.wishes.colleagues(Permission.ANNOUNCEMENT_READ, row.city, row.agency, wanted)
        strangers = [login for login in wanted if login not in found]
        if strangers:
            raise _about("stranger", "Nobody of that name reads announcements of this agency:", strangers)
        reachable = [one for one in found.values() if one is not None]
        lacking = [login for login in wanted if found[login] is None]
        if lacking == [actor.login] == list(wanted):
            raise Conflict("Leave your address first: desk alerts choose --mail …", said=Text(key=NO_ADDRESS))
        if lacking:
            raise _about("no_address", "No address was left by", lacking)
        return reachable

    def _is_unfinished(self, row: AnnouncementRow) -> bool:
        if row.state not in UNFINISHED:
            return SOURCE not in row.draft.languages  # one that was cancelled before it was written
        room = self.room
        faults = faults_of(row.draft, room.cities.get(row.city), topics=room.topics, now=room.now())
        return next(faults, None) is not None

    def _mails(self, row: AnnouncementRow, sender: str) -> Iterator[tuple[str, str]]:
        """Subject and text in each language of the city, each saying in that language that it is a trial, and whose."""
        room, city = self.room, self.room.cities[row.city]
        notice = Notice.of(row, at=row.published_at or room.now())
        reply = said(notice, city, room.topics, unasked=True, audience=row.audience)
        for locale in languages_of(city):
            language: JsonValue = {"text": {"key": f"console.ticket_language_{locale}"}}
            args = {"title": reply.args["title"], "language": language}
            subject = Text(key="console.announcement_trial_subject", args=args)
            lead = Text(key="console.announcement_trial_lead", args={"who": sender})
            message = room.catalogs.render(reply, locale)
            buttons = "\n".join(one.title for one in message.buttons)
            yield (
                room.catalogs.text(subject, locale),
                f"{room.catalogs.text(lead, locale)}\n\n{message.text}\n\n{buttons}\n",
            )


def may_name(actor: Actor, row: AnnouncementRow) -> bool:
    """Whether somebody sends trials to others: who writes or approves the agency's announcements does."""
    wanted = (Permission.ANNOUNCEMENT_PUBLISH, Permission.ANNOUNCEMENT_APPROVE)
    return any(actor.may(one, row.city, row.agency) for one in wanted)


def _about(what: str, message: str, logins: Sequence[str]) -> Conflict:
    """What hinders a trial to some."""
    names = ", ".join(logins)
    said_so = Text(key=f"console.error_announcement_trial_{what}", args={"names": names})
    return Conflict(f"{message} {names}.", said=said_so)
