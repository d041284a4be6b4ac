"""What we owe the outside world: every outbound message goes through here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.kinds import Channel, OutboxState
from db.types import stored_by_value


class OutboxItem(Base):
    """One outbound message on its way; a lease says which worker has it and until when."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_queued", "not_before", "id"),  # partial, as the migration says
        Index("ix_outbox_scheduled", "scheduled_for", "id"),  # partial, too
        Index("ix_outbox_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    channel: Mapped[Channel] = mapped_column(stored_by_value(Channel, "channel"))
    state: Mapped[OutboxState] = mapped_column(stored_by_value(OutboxState, "state"))
    not_before: Mapped[datetime]
    """Nothing is sent before: the end of the undo time, or of a wait between tries."""
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None]
    text_begun_at: Mapped[datetime | None]
    """When this lease's worker began to hand the text over; none before, and then nothing has left."""
    error: Mapped[str | None] = mapped_column(Text)
    """The other side's own words on the last failure."""
    provider_id: Mapped[str | None] = mapped_column(String(998))
    scheduled_for: Mapped[datetime | None]
    """The later moment for which its writer meant it; none for what goes at once."""
    held_why: Mapped[str | None] = mapped_column(Text)
    """Why it waits for a person's word although its time may have come; none when nothing holds it."""
    looked_for_at: Mapped[datetime | None]
    """When it was last looked for in the Sent folder, where its fate is unknown."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
