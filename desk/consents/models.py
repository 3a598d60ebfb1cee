"""Table of the consents room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base


class GivenConsent(Base):
    """An answer to a question for personal data, after its notice. Appended, never changed; holds no value.

    It outlives its conversation as a receipt: `session` is a keyed hash, by which whoever has the session's id can show
    that it is theirs, and which leads to nobody.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_parted_at", "parted_at", postgresql_where=text("conversation_id IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey(Conversation.id, ondelete="SET NULL"), index=True)
    session: Mapped[bytes | None] = mapped_column(index=True)  # None: of an older version, until it is erased
    city: Mapped[str]
    agency: Mapped[str]
    service: Mapped[str]
    field: Mapped[str]
    entity: Mapped[str]
    purpose: Mapped[str]  # key of the text that said why
    given_at: Mapped[datetime]
    parted_at: Mapped[datetime | None]  # when its conversation was erased or forgotten
