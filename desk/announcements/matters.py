"""Announcements that a resident's question may be about, as a turn knows them: those in force, ahead, or over today."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from desk.announcements.archive import FOR_ALL, IS_THEIRS
from desk.announcements.words import NOTICE, Notice, in_zone, written
from desk.city.files import City
from desk.contract.messages import Published
from desk.contract.wire import LOCALES, Locale
from desk.linking.person import HOME, together

MOST = 24
"""So many are known of at once: what was told to the resident, then what is urgent, then the newest."""
NEWS_DAYS, TOLD_DAYS = 90, 7
"""So long one without an end can be asked about; and so lately it was told that it comes before others."""
READ, PASSAGES, SHORTEST = 600, 6, 8
"""Of a text in one language so many characters are read, in so many pieces at most, each of so many at least."""
_KEPT = 512
_ENDS = re.compile(r"(?<=[\u3002\uff01\uff1f\uff1b;!?\n])|(?<=[a-z0-9)]\.\s)")

# A resident was told of one in whatever conversation of theirs. Long ended ones are never read; which hold at the
# desk's own clock is decided beside.
PUBLISHED = f"""
    SELECT coalesce(jsonb_agg(to_jsonb(one)), '[]')
    FROM (SELECT {NOTICE}, EXISTS (
              SELECT FROM announcement_deliveries AS told
              WHERE told.announcement_id = announcements.id
                AND told.conversation_id = ANY ({together("message.conversation_id")})
                AND told.said_at > clock_timestamp() - interval '{TOLD_DAYS} days') AS told
          FROM announcements
          WHERE city = ({HOME}) AND published_at IS NOT NULL AND withdrawn_at IS NULL AND mode = 'live' AND {FOR_ALL}
            AND {IS_THEIRS.format(reader="message.conversation_id")}
            AND coalesce(until, published_at + interval '{NEWS_DAYS} days') > clock_timestamp() - interval '1 day'
            AND NOT EXISTS (SELECT FROM announcements AS correction
                            WHERE correction.corrects = announcements.id AND correction.published_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM alerts WHERE alerts.announcement_id = announcements.id)
          ORDER BY told DESC, urgency = 'urgent' DESC, published_at DESC, id DESC LIMIT {MOST}) AS one
"""


class Matters:
    """Makes what a turn knows of what was read. Pieces of one announcement are made once: its words never change."""

    def __init__(self, cities: Mapping[str, City]) -> None:
        self._cities = cities
        self._said = lru_cache(_KEPT)(self._say)

    def published(self, rows: Sequence[Mapping[str, Any]], city: str, now: datetime) -> list[Published]:
        """What was read, in the same order, as it stands now; what was over before today is left out."""
        return [one for row in rows if (one := self._published(row, city, now)) is not None]

    def _published(self, row: Mapping[str, Any], city: str, now: datetime) -> Published | None:
        about = {name: value for name, value in row.items() if name != "told"}
        notice = _notice(about, ZoneInfo(self._cities[city].timezone))
        over = notice.until is not None and notice.until <= now
        if notice.published_at > now or (over and not is_today(notice, now)):
            return None
        ahead = notice.valid_from is not None and notice.valid_from > now
        titles, passages = self._said(json.dumps(about, sort_keys=True), city)
        return Published(
            number=notice.id,
            topic=notice.topic,
            districts=tuple(notice.districts),
            titles=dict(titles),
            passages=passages,
            stands="over" if over else "ahead" if ahead else "holds",
            told=row["told"],
        )

    def _say(self, about: str, city: str) -> tuple[tuple[tuple[Locale, str], ...], tuple[str, ...]]:
        """Its titles by language, and what it says in pieces, in the languages that somebody wrote."""
        notice = _notice(json.loads(about), ZoneInfo(self._cities[city].timezone))
        titles, texts = written(notice, self._cities[city])
        languages = [one for one in LOCALES if notice.texts.get(one)]
        said = (piece for one in languages for piece in (str(titles[one]), *pieces(str(texts[one]))))
        return tuple((one, str(titles[one])) for one in LOCALES), tuple(dict.fromkeys(said))


def is_today(notice: Notice, now: datetime) -> bool:
    """Whether it ends, or ended, on the day that it is where it was made known."""
    return notice.until is not None and notice.until.date() == now.astimezone(notice.until.tzinfo).date()


def pieces(text: str) -> Iterator[str]:
    """The sentences of a text, short ones with the next; what is beyond the bounds is left out."""
    before, found = "", 0
    for sentence in _ENDS.split(text[:READ]):
        before += sentence
        if len(before) >= SHORTEST and found < PASSAGES:
            yield before.strip()
            before, found = "", found + 1
    if before.strip() and found < PASSAGES:
        yield before.strip()


def _notice(row: Mapping[str, Any], zone: ZoneInfo) -> Notice:
    """The row as JSON gives it, its times in the city's zone."""
    times = ("published_at", "valid_from", "until")
    read = {name: None if row[name] is None else datetime.fromisoformat(row[name]) for name in times}
    return in_zone(Notice(**{**row, **read}), zone)
