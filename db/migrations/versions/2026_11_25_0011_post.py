"""Which cases are spam, found by an index; since when a message's text travels; whose mailbox was read.

Revision: 0011, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_support_case_spam", "support_case", ["id"],
        sqlite_where=sa.text("spam_at IS NOT NULL"), postgresql_where=sa.text("spam_at IS NOT NULL"),
    )  # fmt: skip
    op.add_column("outbox", sa.Column("text_begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mailbox_state", sa.Column("account", sa.String(length=600), nullable=True))
    # What a program of before is sending right now may have left: it never said how far it had come.
    op.execute("UPDATE outbox SET text_begun_at = lease_until WHERE state = 'sending'")


def downgrade() -> None:
    op.drop_column("mailbox_state", "account")
    op.drop_column("outbox", "text_begun_at")
    op.drop_index("ix_support_case_spam", "support_case")
