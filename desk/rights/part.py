"""Links to one's data in what is given out and erased."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlalchemy import TextClause, text

from desk.conversations.ports import TurnPart
from desk.rights import links

OF_CONVERSATION = text("SELECT made_by, made_at, good_until, opened_at FROM data_links WHERE conversation_id = :id")


class DataLinks(TurnPart):
    """That a clerk had a link made for the resident; erasing ends it."""

    gives: ClassVar[Mapping[str, TextClause]] = {"data_links": OF_CONVERSATION}
    erases: ClassVar[Sequence[TextClause]] = (links.END,)
