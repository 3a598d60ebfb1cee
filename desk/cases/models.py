"""Tables of the cases room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base


class Case(Base):
    """An appointment, an application or a report. `private` holds what is about a person, sealed.

    `frame` is the case's name in its conversation (`CaseNote.case`). `reference_hash` finds a case by the agency's
    number, `code_hash` by the address of its calendar page.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("conversation_id", "frame"),
        Index(
            "ix_cases_remind_at", "remind_at", postgresql_where=text("remind_at IS NOT NULL AND reminded_at IS NULL")
        ),
        Index("ix_cases_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"))
    frame: Mapped[str]
    city: Mapped[str]
    service: Mapped[str]
    agency: Mapped[str]
    kind: Mapped[str]  # appointment | application | report
    reference_hash: Mapped[bytes] = mapped_column(index=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    private: Mapped[bytes]  # desk.cases.rows.Private
    status: Mapped[str]
    at: Mapped[datetime | None]
    over: Mapped[bool] = mapped_column(server_default=text("false"))
    revision: Mapped[int] = mapped_column(server_default=text("1"))  # grows with each change
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]  # when the agency is asked next; None: not any more
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    known_at: Mapped[datetime]  # when the agency said so last, changed or not


class RememberedValue(Base):
    """Values that a resident wanted kept for a service (a household's account number), sealed."""

    __tablename__ = "remembered_values"
    __table_args__ = (UniqueConstraint("conversation_id", "service", "values_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"))
    service: Mapped[str]
    values_hash: Mapped[bytes]  # the same values are kept once
    private: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
