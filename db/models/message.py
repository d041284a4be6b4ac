"""Messages as they were received or written, their attachments, and the bytes behind both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base
from db.kinds import Channel, InboundState, MessageKind
from db.models.case import Case
from db.types import stored_by_value


class Blob(Base):
    """Bytes, named by their SHA-256: the same attachment sent a hundred times is stored once."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Message(Base):
    """One thing that was said on a case; `external_id` is the channel's own id of it (RFC 5322 Message-ID for mail)."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index("ix_message_case", "case_id", "id"),
        Index("ix_message_side", "side_id", "id"),  # partial, as the migration says
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    kind: Mapped[MessageKind] = mapped_column(stored_by_value(MessageKind, "kind"))
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"))
    external_id: Mapped[str | None] = mapped_column(String(998))
    at: Mapped[datetime]
    """When it was received or written, by our clock."""
    sent_at: Mapped[datetime | None]
    """When the sender says it was sent; a claim, not a fact."""
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    sender_name: Mapped[str] = mapped_column(String(200), default="")
    sender_address: Mapped[str] = mapped_column(String(320), default="")
    subject: Mapped[str] = mapped_column(String(998), default="")
    text: Mapped[str] = mapped_column(Text)
    """What an agent reads, quoted past included."""
    new_text: Mapped[str] = mapped_column(Text)
    """The part that this person newly wrote."""
    stable_digest: Mapped[str | None] = mapped_column(String(64))
    is_automatic: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(Text)
    """Why it could not be read in full; the raw bytes are kept."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The channel's own facts: recipients, references, what was left out."""
    raw_sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    side_id: Mapped[int | None] = mapped_column(ForeignKey("side_conversation.id"))
    """The side conversation that it belongs to; none for what the customer sees."""

    case: Mapped[Case] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.position")


class SideConversation(Base):
    """Mail about a case with somebody who is not its customer (a merchant, a bank, another team), in its own thread."""

    __tablename__ = "side_conversation"
    __table_args__ = (Index("ix_side_conversation_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"))
    address: Mapped[str] = mapped_column(String(320))
    folded: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(998))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]


class Attachment(Base):
    """A file that came with, or goes with, a message; `filename` is data and never a path."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    position: Mapped[int]
    filename: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))


class MailboxState(Base):
    """How far a folder of a mailbox was read (RFC 3501: UIDs hold while UIDVALIDITY stays), and how it is."""

    __tablename__ = "mailbox_state"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The mailbox's name in the settings."""
    folder: Mapped[str] = mapped_column(String(500), primary_key=True)
    account: Mapped[str | None] = mapped_column(String(600))
    """Whose mailbox that was, as `user@host`; none where it was read before that was noted."""
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
    """Everything up to it is durably stored."""
    checked_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    """The server's own words, or what is wrong on the way there."""


class Inbound(Base):
    """A delivery, kept as it came before anybody reads it; the same bytes on the same channel are one delivery."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("channel", "raw_sha256"),
        Index("ix_inbound_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"))
    raw_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    source: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    mailbox: Mapped[str | None] = mapped_column(String(200))
    """The mailbox of the settings that it came by."""
    is_live: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it arrived just now, and not with a file of old mail: only then may it be acknowledged."""
    state: Mapped[InboundState] = mapped_column(stored_by_value(InboundState, "state"))
    error: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
