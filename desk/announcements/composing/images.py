"""Images of announcements: each checked, made anew and kept once, by its hash; an announcement names it by that.

No personal data, and public once an announcement with it is. What no version and no template names is deleted a day
after it came.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.content import Image, fault
from desk.announcements.feeds.archive import PUBLIC
from desk.announcements.room import Room
from desk.audit.trail import record
from desk.contract.errors import NotFound
from desk.contract.messages import Text
from desk.contract.rendered import RenderedImage, RenderedMessage
from desk.contract.staff import WITHIN, Actor, Permission
from desk.contract.wire import LOCALES, Locale
from desk.media.cleaning import LARGEST, LONGEST_GIVEN, MOST_PIXELS, SUFFIXES, Cleaned, PictureRefused, cleaned
from desk.store.database import transaction
from desk.texts.catalogs import Catalogs, spoken_name

UNUSED_HOURS = 24
LIMITS = {
    "megabytes": LARGEST // 1_000_000,
    "jpeg": MOST_PIXELS["JPEG"] // 1_000_000,
    "others": MOST_PIXELS["PNG"] // 1_000_000,
    "side": LONGEST_GIVEN,
}

KEEP = text("""
    INSERT INTO announcement_images (sha256, content_type, width, height, content, brought_by, wanted_at)
    VALUES (:sha256, :content_type, :width, :height, :content, :by, :now)
    ON CONFLICT (sha256) DO UPDATE SET brought_by = excluded.brought_by, wanted_at = excluded.wanted_at
""")
# A change, not a lock: so a deletion that waits for it looks at the row anew.
WANT = text("UPDATE announcement_images SET wanted_at = :now WHERE sha256 = :sha256 RETURNING sha256")
COLUMNS = "image.content, image.content_type, image.width, image.height"
NAMED = """
    EXISTS (SELECT FROM announcement_versions AS one JOIN announcements ON announcements.id = one.announcement_id
            WHERE one.written #>> '{image,sha256}' = image.sha256 AND <within>)
    OR EXISTS (SELECT FROM announcement_templates AS announcements
               WHERE announcements.written #>> '{image,sha256}' = image.sha256 AND <within>)
"""
WITHIN_PLACES = WITHIN.format(city="announcements.city", agency="announcements.agency")
SEEN = text(f"""
    SELECT {COLUMNS} FROM announcement_images AS image
    WHERE sha256 = :sha256 AND (brought_by = :login OR {NAMED.replace("<within>", WITHIN_PLACES)})
""")
SHOWN = text(f"""
    SELECT {COLUMNS} FROM announcement_images AS image
    WHERE sha256 = :sha256
      AND EXISTS (SELECT FROM announcements
                  WHERE announcements.image ->> 'sha256' = :sha256 AND city = :city AND {PUBLIC})
""")
SIZE = text("SELECT content_type, width, height FROM announcement_images WHERE sha256 = :sha256")
FORGET = text(f"""
    DELETE FROM announcement_images AS image
    WHERE wanted_at < :before AND NOT ({NAMED.replace("<within>", "true")})
""")


@dataclass(frozen=True)
class Illustrating(Room):
    """The room with images. One is decoded at a time: it takes memory."""

    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1), compare=False)

    async def keep_image(self, actor: Actor, city: str, agency: str, content: bytes) -> Image:
        """Check an image and keep it, to be named by an announcement of the agency within `UNUSED_HOURS`.

        Raises:
            AnnouncementFault: it is too large, of another kind, moves or is broken.
            NotPermitted: the actor may not write for this agency.
        """
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, city, agency)
        try:
            async with self.decoding:
                image = await asyncio.to_thread(cleaned, content)
        except PictureRefused as exc:
            raise fault("image", f"error_announcement_image_{exc.why}", **LIMITS) from exc
        sha256 = hashlib.sha256(image.content).hexdigest()
        kept = {
            "sha256": sha256,
            "content_type": image.content_type,
            "width": image.width,
            "height": image.height,
            "content": image.content,
            "by": actor.login,
            "now": self.now(),
        }
        async with transaction(self.engine) as connection:
            await connection.execute(KEEP, kept)
            await record(connection, actor, "announcement.keep_image", subject=sha256, city=city, agency=agency)
        return Image(sha256=sha256)

    async def image(self, actor: Actor, sha256: str) -> Cleaned:
        """An image of an announcement or a template that the actor may see, or one that they brought.

        Raises:
            NotFound: there is none.
        """
        values = {**actor.places(Permission.ANNOUNCEMENT_READ).values(), "sha256": sha256, "login": actor.login}
        async with self.engine.connect() as connection:
            found = (await connection.execute(SEEN, values)).one_or_none()
        if found is None:
            raise NotFound("There is no such image.")
        return Cleaned(**found._mapping)

    async def insist_on_image(self, connection: AsyncConnection, image: Image | None) -> None:
        """Insist that an image is kept, and keep it for what names it from now on.

        Raises:
            AnnouncementFault: it is not.
        """
        if image is None:
            return
        wanted = {"sha256": image.sha256, "now": self.now()}
        if (await connection.execute(WANT, wanted)).one_or_none() is None:
            raise fault("image", "error_announcement_image_gone")


async def shown(connection: AsyncConnection, city: str, sha256: str, now: datetime) -> Cleaned | None:
    """An image that everybody may see: one of the city's announcements has it. None: there is none."""
    values = {"city": city, "sha256": sha256, "now": now}
    found = (await connection.execute(SHOWN, values)).one_or_none()
    return None if found is None else Cleaned(**found._mapping)


def path_of(city: str, sha256: str, content_type: str) -> str:
    """Where everybody finds an image, from the root of the site."""
    return f"/{city}/announcements/images/{sha256}.{SUFFIXES[content_type]}"


@dataclass(frozen=True, slots=True)
class Going:
    """An image that goes along with messages: its address, its size in pixels, and what is to be seen on it.

    `page` is the address of its announcement's own page, where everybody sees it.
    """

    url: str
    width: int
    height: int
    alternatives: Mapping[Locale, str]
    page: str

    def beside(self, message: RenderedMessage, catalogs: Catalogs, *, says_where: bool = True) -> RenderedMessage:
        """A message with the image beside it, described in its language, else in one that there is.

        Whoever is shown none reads where it is seen, unless the message `says_where` itself: then that is False.
        """
        given: dict[str, str | None] = {one: said.strip() for one, said in self.alternatives.items() if said.strip()}
        first = next((given[one] for one in LOCALES if one in given), "")
        said = spoken_name({"zh_Hans": first, **given}, message.locale)
        where = catalogs.text(Text(key="announcements.image_at", args={"page": self.page}), message.locale)
        image = RenderedImage(
            url=self.url, text=said, width=self.width, height=self.height, seen_at=where if says_where else ""
        )
        return message.model_copy(update={"image": image})


async def going_along(
    connection: AsyncConnection, city: str, number: int, image: Image | None, public_url: str
) -> Going | None:
    """What goes along with messages of an announcement; None: nothing."""
    if image is None or not public_url:
        return None
    kept = (await connection.execute(SIZE, {"sha256": image.sha256})).one_or_none()
    if kept is None:
        return None
    url = public_url + path_of(city, image.sha256, kept.content_type)
    return Going(url, kept.width, kept.height, image.alternatives, page_of(public_url, city, number))


def page_of(public_url: str, city: str, number: int) -> str:
    """The address of an announcement's own page."""
    return f"{public_url}/{city}/announcements/{number}"


async def forget_unused(connection: AsyncConnection, before: datetime) -> None:
    """Delete images that nobody wanted since and nothing names."""
    await connection.execute(FORGET, {"before": before})
