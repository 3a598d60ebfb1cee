"""Table of the consents room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.db import Base


class GivenConsent(Base):
    """An answer to a question for personal data, after its notice. Appended, never changed; holds no value."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    city: Mapped[str]
    agency: Mapped[str]
    service: Mapped[str]
    field: Mapped[str]
    entity: Mapped[str]
    purpose: Mapped[str]  # key of the text that said why
    given_at: Mapped[datetime]
