"""Tables of the conversations room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.accounts.models import ChannelAccount
from desk.store.database import Base


class Resident(Base):
    """A person as one channel account knows them. `external_id` is the channel's name for them, hashed."""

    __tablename__ = "residents"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id))
    external_id: Mapped[str]
    address: Mapped[bytes | None]  # the channel's name for them, sealed: needed to send
    person: Mapped[str | None] = mapped_column(index=True)  # the same name, hashed alike for all accounts of a channel
    state: Mapped[str] = mapped_column(server_default=text("'reachable'"))  # reachable | left
    state_at: Mapped[datetime | None]  # when that came about, by the platform's clock
    heard_at: Mapped[datetime | None]  # when they last did anything, by the platform's clock
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Conversation(Base):
    """One resident talking with one account. Its row lock is the lease and the fence of a turn.

    Intake never updates this row: only turns, clerks and erasing do, under its lock.
    """

    __tablename__ = "conversations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id))
    resident_id: Mapped[UUID] = mapped_column(ForeignKey(Resident.id), index=True)
    channel: Mapped[str]
    city: Mapped[str]  # whose services are used; the account's at first, another once the resident has moved
    locale: Mapped[str]
    manner: Mapped[str] = mapped_column(server_default=text("'standard'"))  # desk.contract.messages.Manner
    pushes: Mapped[str] = mapped_column(
        server_default=text("'nothing'")
    )  # what is sent: desk.contract.channel.Abilities.pushes
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccessToken(Base):
    """A token that opens a conversation for a while: of a web session, or of one time that a resident came in."""

    __tablename__ = "access_tokens"

    hash: Mapped[bytes] = mapped_column(primary_key=True)  # SHA-256
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    good_until: Mapped[datetime] = mapped_column(index=True)
    idle_until: Mapped[datetime] = mapped_column(index=True)


class DialogueState(Base):
    """What the bot remembers of a conversation, and the payloads that were offered in it."""

    __tablename__ = "dialogue_states"
    __table_args__ = {"postgresql_with": {"fillfactor": 60}}  # noqa: RUF012 - room for the next turn's version

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    state: Mapped[dict[str, Any] | None]
    situation: Mapped[dict[str, Any] | None]  # desk.contract.situation.Situation, as the dialogue stated it last
    offered: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Counter(Base):
    """The last `seq` of a conversation, taken at the end of each writing transaction: its order is that of commits."""

    __tablename__ = "conversation_counters"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}  # noqa: RUF012 - as above

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(server_default=text("0"))


class InboundMessage(Base):
    """A message from a resident. `answered_at` is the truth about whether it was answered."""

    __tablename__ = "inbound_messages"
    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        Index("ix_inbound_messages_waiting", "conversation_id", "id", postgresql_where=text("answered_at IS NULL")),
        Index("ix_inbound_messages_emergency", "answered_at", postgresql_where=text("outcome = 'emergency'")),
        Index("ix_inbound_messages_conversation_id_received_at", "conversation_id", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id))
    external_id: Mapped[str]  # the channel's id of the message; on the web session + client_msg_id
    kind: Mapped[str]  # text | payload | location | media
    body: Mapped[
        dict[str, Any]
    ]  # the field that `kind` names: {"text": …} | {"payload": …} | {"location": …} | {"media": …}
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    answered_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))  # answers of the bot that were errors
    interruptions: Mapped[int] = mapped_column(server_default=text("0"))  # broken connections in mid-turn
    waits: Mapped[int] = mapped_column(server_default=text("0"))  # times the bot could not be reached: no tries
    next_try_at: Mapped[datetime | None]
    caller: Mapped[bytes | None]  # the address that it came from, hashed: desk.attempts
    wished: Mapped[bool] = mapped_column(server_default=false())  # a payload that was not offered, and yet may be used
    outcome: Mapped[str | None]  # desk.conversations.outcomes.Outcome, or `erased`: an empty row that keeps its id
    understanding: Mapped[dict[str, Any] | None]  # the bot's nlu, for trainers


class OutboundMessage(Base):
    """One event of a conversation's stream, and its delivery where a channel must send it."""

    __tablename__ = "outbound_messages"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]  # message | turn_done | ticket | payment | city | manner
    body: Mapped[dict[str, Any]]  # the event without seq and type, as the web chat API shows it
    in_reply_to: Mapped[int | None]  # an inbound message; no foreign key, which would cost each deletion a scan
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MediaFile(Base):
    """A file that a resident sent."""

    __tablename__ = "media_files"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    content_type: Mapped[str]
    content: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
