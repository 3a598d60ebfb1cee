"""What an approval is bound to: the texts as residents read them, for whom they are, and when they are said."""

import hashlib
import json
from collections.abc import Mapping

from desk.announcements.rows import AnnouncementRow
from desk.announcements.words import Notice, said
from desk.city.files import City
from desk.city.topics import Topic
from desk.contract.wire import LOCALES
from desk.texts.catalogs import Catalogs


def digest_of(row: AnnouncementRow, city: City, topics: Mapping[str, Topic], catalogs: Catalogs) -> bytes:
    """SHA-256 of all that somebody approves. Whatever is changed afterwards, be it in the store, makes another.

    When it is published is no part of it: the texts are taken as of the time when it was submitted.
    """
    reply = said(Notice.of(row, at=row.submitted_at or row.created_at), city, topics, unasked=True)
    draft = row.draft.model_dump(mode="json")
    if row.image is None:
        del draft["image"]  # what was approved before there were images stays so
    bound = {
        "announcement": row.id,
        "version": row.version,
        "corrects": row.corrects,
        "draft": draft,
        "rendered": {locale: catalogs.render(reply, locale).model_dump(mode="json") for locale in LOCALES},
    }
    return hashlib.sha256(json.dumps(bound, ensure_ascii=False, sort_keys=True).encode()).digest()
