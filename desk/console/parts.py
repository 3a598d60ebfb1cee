"""What the console's handlers are given, in one place of the application, beside `desk.web.parts`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import ClientSession, web
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.keeping import AccountKeeping, Menus
from desk.announcements.audience.lists import Lists
from desk.announcements.service import Announcements
from desk.cases.looking import CaseBook
from desk.city.asking import Asking
from desk.contract.channel import Channel
from desk.payments.bill_book import BillBook
from desk.payments.clerk_refunds import ClerkRefunds
from desk.rights.service import Rights
from desk.staff.authentication import Authentication
from desk.staff.mail import MailServer
from desk.staff.news import News
from desk.staff.openid import OpenId
from desk.staff.own import Own
from desk.staff.passkeys import Passkeys
from desk.staff.people import Staff
from desk.staff.wanted import AlertWishes
from desk.teaching.editing.library import Library
from desk.teaching.models import Files
from desk.tickets.presence import Presence


@dataclass(frozen=True, slots=True)
class Console:
    """What handlers work with.

    Attributes:
        engine: the database.
        staff: the room of staff, with all that takes two.
        door: lets members of staff in.
        passkeys: the same by passkey.
        own: what members of staff do about themselves.
        alerts: what they want to be told of by mail.
        news: hints to pages that are open.
        presence: who has the console open.
        rights: what residents demand of their data.
        asking: what residents are asked for by one press.
        announcements: what agencies tell residents.
        lists: takes lists of telephones and numbers, for audiences.
        channels: platforms, by name, for what they can show.
        accounts: what operators do with accounts on channels.
        cases: what agencies have in hand for residents.
        bills: the gateway's bills by day, beside our orders.
        menus: what residents of a city can do, for the menus of accounts.
        files: of what a model would be made now; it reads files and waits for them.
        library: guides, facts, texts and lines of training, as staff change them.
        platforms: opens a session in which an account is set up at its platform.
        mail: the server that takes mail to staff; None: there is none.
        address: of this installation as browsers reach it; None: as each request names it.
        openid: lets them in by the city's identity provider; None: there is none.
        refunds: pays back on a clerk's word; None: nothing is paid here.
    """

    engine: AsyncEngine
    staff: Staff
    door: Authentication
    passkeys: Passkeys
    own: Own
    alerts: AlertWishes
    news: News
    presence: Presence
    rights: Rights
    asking: Asking
    announcements: Announcements
    lists: Lists
    channels: Mapping[str, Channel]
    accounts: AccountKeeping
    cases: CaseBook
    bills: BillBook
    menus: Menus
    files: Callable[[], Files]
    library: Library
    platforms: Callable[[], ClientSession]
    mail: MailServer | None = None
    address: str | None = None
    openid: OpenId | None = None
    refunds: ClerkRefunds | None = None


CONSOLE = web.AppKey("console", Console)
