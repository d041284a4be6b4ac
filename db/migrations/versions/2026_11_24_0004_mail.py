"""What a mail desk keeps: where each mailbox was read to, addresses that bounce or are blocked, side conversations.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

CONTACT_COLUMNS = ("undeliverable_at", "blocked_at", "acknowledged_at")


def words(name: str, *values: str) -> sa.Enum:
    """A closed set stored by value, held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "mailbox_state",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=500), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", "folder", name="pk_mailbox_state"),
    )
    for name in CONTACT_COLUMNS:
        op.add_column("contact_point", sa.Column(name, MOMENT, nullable=True))
    op.add_column("contact_point", sa.Column("undeliverable_why", sa.Text(), nullable=True))
    op.add_column("support_case", sa.Column("spam_at", MOMENT, nullable=True))
    op.create_table(
        "case_link",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("kind", "related", "merged_into", "split_from"), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_case_link_case_id"),
        sa.ForeignKeyConstraint(["other_id"], ["support_case.id"], name="fk_case_link_other_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_case_link_agent_id"),
        sa.PrimaryKeyConstraint("case_id", "other_id", "kind", name="pk_case_link"),
    )
    op.create_index("ix_case_link_other", "case_link", ["other_id", "case_id"])
    op.create_table(
        "participant",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("folded", sa.String(length=320), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("joined_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_participant_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_participant_agent_id"),
        sa.PrimaryKeyConstraint("case_id", "folded", name="pk_participant"),
    )
    op.create_table(
        "side_conversation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("folded", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=998), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_side_conversation_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_side_conversation_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_side_conversation"),
    )
    op.create_index("ix_side_conversation_case", "side_conversation", ["case_id", "id"])
    # Written out: a foreign key in a new column is the one thing that SQLite takes and the tool does not write.
    op.execute(
        "ALTER TABLE message ADD COLUMN side_id INTEGER CONSTRAINT fk_message_side_id REFERENCES side_conversation (id)"
    )
    op.create_index(
        "ix_message_side", "message", ["side_id", "id"],
        sqlite_where=sa.text("side_id IS NOT NULL"), postgresql_where=sa.text("side_id IS NOT NULL"),
    )  # fmt: skip
    op.add_column("outbox", sa.Column("scheduled_for", MOMENT, nullable=True))
    op.add_column("outbox", sa.Column("held_why", sa.Text(), nullable=True))
    op.create_index(
        "ix_outbox_scheduled", "outbox", ["scheduled_for", "id"],
        sqlite_where=sa.text("state = 'queued' AND scheduled_for IS NOT NULL"),
        postgresql_where=sa.text("state = 'queued' AND scheduled_for IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "draft_file",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("kind", "reply", "note"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_draft_file_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_draft_file_agent_id"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_draft_file_sha256"),
        sa.PrimaryKeyConstraint("case_id", "agent_id", "kind", "position", name="pk_draft_file"),
    )


def downgrade() -> None:
    op.drop_table("draft_file")
    op.drop_index("ix_outbox_scheduled", "outbox")
    op.drop_column("outbox", "held_why")
    op.drop_column("outbox", "scheduled_for")
    op.drop_index("ix_message_side", "message")
    op.drop_column("message", "side_id")
    op.drop_table("side_conversation")
    op.drop_table("participant")
    op.drop_table("case_link")
    op.drop_column("support_case", "spam_at")
    for name in (*CONTACT_COLUMNS, "undeliverable_why"):
        op.drop_column("contact_point", name)
    op.drop_table("mailbox_state")
