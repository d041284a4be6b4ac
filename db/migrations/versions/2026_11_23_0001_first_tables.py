"""The first tables: agents, customers, cases, messages, answers, drafts, outbox, events.

Revision: 0001, after nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def words(name: str, *values: str) -> sa.Enum:
    """A closed set stored by value, held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", words("role", "agent", "senior", "supervisor", "administrator"), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agent"),
        sa.UniqueConstraint("login", name="uq_agent_login"),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blob"),
    )
    op.create_table(
        "canned_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_canned_answer"),
        sa.UniqueConstraint("key", name="uq_canned_answer_key"),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", words("language", "id", "en", "zh", "other"), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
    )
    op.create_table(
        "desk_info",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_desk_info"),
    )
    op.create_table(
        "lane_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", words("channel", "phone", "email", "chat", "social"), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lane_count"),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("folded", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
        sa.UniqueConstraint("folded", name="uq_tag_folded"),
    )
    op.create_table(
        "topic",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_topic"),
    )
    op.create_table(
        "canned_answer_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", words("state", "draft", "in_review", "approved", "retired"), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=True),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["canned_answer.id"], name="fk_canned_answer_version_answer_id"),
        sa.ForeignKeyConstraint(["approver_id"], ["agent.id"], name="fk_canned_answer_version_approver_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["agent.id"], name="fk_canned_answer_version_owner_id"),
        sa.ForeignKeyConstraint(["topic_key"], ["topic.key"], name="fk_canned_answer_version_topic_key"),
        sa.PrimaryKeyConstraint("id", name="pk_canned_answer_version"),
        sa.UniqueConstraint("answer_id", "number", name="uq_canned_answer_version_answer_id_number"),
    )
    op.create_index("ix_canned_answer_version_state", "canned_answer_version", ["state", "answer_id"], unique=False)
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("kind", "email", "phone", "handle"), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        sa.Column("folded", sa.String(length=320), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_contact_point_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_point"),
        sa.UniqueConstraint("kind", "provider", "folded", name="uq_contact_point_kind_provider_folded"),
    )
    op.create_index("ix_contact_point_customer_id", "contact_point", ["customer_id"], unique=False)
    op.create_table(
        "support_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", words("channel", "phone", "email", "chat", "social"), nullable=False),
        sa.Column(
            "status",
            words("status", "new", "open", "waiting_customer", "waiting_merchant", "on_hold", "solved", "closed"),
            nullable=False,
        ),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=True),
        sa.Column("language", words("language", "id", "en", "zh", "other"), nullable=False),
        sa.Column("subject", sa.String(length=998), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("snoozed_until", MOMENT, nullable=True),
        sa.Column("solved_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT (status IN ('new', 'open')) OR due_at IS NOT NULL",
            name=op.f("ck_support_case_queued_is_due"),
        ),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_support_case_priority")),
        sa.ForeignKeyConstraint(["assignee_id"], ["agent.id"], name="fk_support_case_assignee_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_support_case_customer_id"),
        sa.ForeignKeyConstraint(["follows_id"], ["support_case.id"], name="fk_support_case_follows_id"),
        sa.ForeignKeyConstraint(["review_id"], ["support_case.id"], name="fk_support_case_review_id"),
        sa.ForeignKeyConstraint(["topic_key"], ["topic.key"], name="fk_support_case_topic_key"),
        sa.PrimaryKeyConstraint("id", name="pk_support_case"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_support_case_assignee", "support_case", ["assignee_id", "id"], unique=False)
    op.create_index("ix_support_case_created", "support_case", ["created_at"], unique=False)
    op.create_index("ix_support_case_customer", "support_case", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_support_case_lane",
        "support_case",
        ["channel", "due_at", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open')"),
        postgresql_where=sa.text("status IN ('new', 'open')"),
    )
    op.create_index(
        "ix_support_case_mine",
        "support_case",
        ["assignee_id", "due_at", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open')"),
        postgresql_where=sa.text("status IN ('new', 'open')"),
    )
    op.create_index(
        "ix_support_case_queue",
        "support_case",
        ["due_at", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open')"),
        postgresql_where=sa.text("status IN ('new', 'open')"),
    )
    op.create_index(
        "ix_support_case_snoozed",
        "support_case",
        ["snoozed_until"],
        unique=False,
        sqlite_where=sa.text("snoozed_until IS NOT NULL"),
        postgresql_where=sa.text("snoozed_until IS NOT NULL"),
    )
    op.create_index("ix_support_case_status", "support_case", ["status", "id"], unique=False)
    op.create_index("ix_support_case_topic", "support_case", ["topic_key", "id"], unique=False)
    op.create_table(
        "canned_answer_text",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("language", words("language", "id", "en", "zh", "other"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["canned_answer_version.id"], name="fk_canned_answer_text_version_id"),
        sa.PrimaryKeyConstraint("version_id", "language", name="pk_canned_answer_text"),
    )
    op.create_table(
        "case_tag",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_case_tag_case_id"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="fk_case_tag_tag_id"),
        sa.PrimaryKeyConstraint("case_id", "tag_id", name="pk_case_tag"),
    )
    op.create_index("ix_case_tag_tag_id", "case_tag", ["tag_id", "case_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("kind", "reply", "note"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_draft_agent_id"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_draft_case_id"),
        sa.PrimaryKeyConstraint("case_id", "agent_id", "kind", name="pk_draft"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_event_agent_id"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_event_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_case", "event", ["case_id", "id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("kind", "inbound", "outbound", "note"), nullable=False),
        sa.Column("channel", words("channel", "phone", "email", "chat", "social"), nullable=False),
        sa.Column("external_id", sa.String(length=998), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("sender_address", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=998), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("new_text", sa.Text(), nullable=False),
        sa.Column("stable_digest", sa.String(length=64), nullable=True),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("raw_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_message_agent_id"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_message_case_id"),
        sa.ForeignKeyConstraint(["raw_sha256"], ["blob.sha256"], name="fk_message_raw_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("channel", "external_id", name="uq_message_channel_external_id"),
    )
    op.create_index("ix_message_case", "message", ["case_id", "id"], unique=False)
    op.create_table(
        "search_document",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_search_document_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_search_document"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attachment_message_id"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_attachment_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("message_id", "position", name="uq_attachment_message_id_position"),
    )
    op.create_table(
        "inbound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", words("channel", "phone", "email", "chat", "social"), nullable=False),
        sa.Column("raw_sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", words("state", "received", "taken", "known", "unparsed"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_inbound_message_id"),
        sa.ForeignKeyConstraint(["raw_sha256"], ["blob.sha256"], name="fk_inbound_raw_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_inbound"),
        sa.UniqueConstraint("channel", "raw_sha256", name="uq_inbound_channel_raw_sha256"),
    )
    op.create_index("ix_inbound_state", "inbound", ["state", "id"], unique=False)
    op.create_table(
        "message_answer",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_message_answer_message_id"),
        sa.ForeignKeyConstraint(["version_id"], ["canned_answer_version.id"], name="fk_message_answer_version_id"),
        sa.PrimaryKeyConstraint("message_id", "version_id", name="pk_message_answer"),
    )
    op.create_index("ix_message_answer_version", "message_answer", ["version_id", "message_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("channel", words("channel", "phone", "email", "chat", "social"), nullable=False),
        sa.Column(
            "state",
            words("state", "queued", "sending", "sent", "failed", "unknown", "cancelled"),
            nullable=False,
        ),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=120), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.String(length=998), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_outbox_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
    )
    op.create_index(
        "ix_outbox_queued",
        "outbox",
        ["not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_outbox_state", "outbox", ["state", "id"], unique=False)


def downgrade() -> None:
    for table in (
        "outbox",
        "message_answer",
        "inbound",
        "attachment",
        "search_document",
        "message",
        "event",
        "draft",
        "case_tag",
        "canned_answer_text",
        "support_case",
        "contact_point",
        "canned_answer_version",
        "topic",
        "tag",
        "lane_count",
        "desk_info",
        "customer",
        "canned_answer",
        "blob",
        "agent",
    ):
        op.drop_table(table)
