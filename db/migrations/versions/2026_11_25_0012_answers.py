"""Canned answers as templates with actions, files and dates; personal snippets; how often answers help.

Revision: 0012, after 0011.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OLD = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}")
NEW = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}\}|[{}]")


def words(name: str, *values: str) -> sa.Enum:
    """Words stored as text and held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def language(table: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(
        "language", words(op.f(f"ck_{table}_language"), "id", "en", "zh", "other"), nullable=nullable
    )  # fmt: skip


def upgrade() -> None:
    op.add_column("canned_answer_version", sa.Column("actions", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("canned_answer_version", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("canned_answer_version", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column("canned_answer_version", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("canned_answer_version", sa.Column("decided_at", MOMENT, nullable=True))
    op.create_table(
        "canned_answer_file",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["canned_answer_version.id"], name="fk_canned_answer_file_version_id"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_canned_answer_file_sha256"),
        sa.PrimaryKeyConstraint("version_id", "position", name="pk_canned_answer_file"),
    )
    op.create_table(
        "snippet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_snippet_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_snippet"),
    )
    op.create_index("ix_snippet_agent", "snippet", ["agent_id", "id"])
    # A plain ADD COLUMN with its CHECK: a copy of a table with a row a message would take as long as all else together.
    op.execute(
        "ALTER TABLE message_answer ADD COLUMN language VARCHAR(24) "
        "CONSTRAINT ck_message_answer_language CHECK (language IN ('id', 'en', 'zh', 'other'))"
    )
    op.create_table(
        "answer_use",
        sa.Column("case_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("answer_id", sa.Integer(), nullable=False, autoincrement=False),
        language("answer_use"),
        sa.Column("topic_key", sa.String(length=64), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("solved_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_answer_use_case_id"),
        sa.ForeignKeyConstraint(["answer_id"], ["canned_answer.id"], name="fk_answer_use_answer_id"),
        sa.PrimaryKeyConstraint("case_id", "answer_id", "language", name="pk_answer_use"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answer_figure",
        sa.Column("topic_key", sa.String(length=64), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False, autoincrement=False),
        language("answer_figure"),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["canned_answer.id"], name="fk_answer_figure_answer_id"),
        sa.PrimaryKeyConstraint("topic_key", "answer_id", "language", name="pk_answer_figure"),
        sqlite_with_rowid=False,
    )
    _count()
    _rewrite(OLD, lambda match: "{{ " + match[1] + " }}" if match[1] else match[0][0])


def downgrade() -> None:
    _rewrite(NEW, lambda match: "{" + match[1] + "}" if match[1] else match[0] * 2)
    op.drop_table("answer_figure")
    op.drop_table("answer_use")
    op.drop_column("message_answer", "language")
    op.drop_table("snippet")
    op.drop_table("canned_answer_file")
    for name in ("decided_at", "reason", "valid_until", "valid_from", "actions"):
        op.drop_column("canned_answer_version", name)


def _count() -> None:
    """What was sent so far, by the language of its case: nobody noted that of the answer."""
    op.execute(
        "INSERT INTO answer_use (case_id, answer_id, language, topic_key, messages, solved_at) "
        "SELECT c.id, v.answer_id, c.language, coalesce(c.topic_key, ''), count(*), c.solved_at "
        "FROM message_answer a JOIN message m ON m.id = a.message_id JOIN support_case c ON c.id = m.case_id "
        "JOIN canned_answer_version v ON v.id = a.version_id LEFT JOIN outbox o ON o.message_id = m.id "
        "WHERE coalesce(o.state, '') <> 'cancelled' AND m.agent_id IS NOT NULL "
        "GROUP BY c.id, v.answer_id, c.language, c.topic_key, c.solved_at"
    )
    op.execute(
        "INSERT INTO answer_figure (topic_key, answer_id, language, messages, cases, solved) "
        "SELECT topic_key, answer_id, language, sum(messages), count(*), count(solved_at) FROM answer_use "
        "GROUP BY topic_key, answer_id, language"
    )


def _rewrite(pattern: re.Pattern[str], written: object) -> None:
    """The texts of answers from one way of writing variables to the other; there are some hundreds."""
    bind = op.get_bind()
    rows = bind.execute(sa.text("SELECT version_id, language, text FROM canned_answer_text")).all()
    for version_id, code, text in rows:
        changed = pattern.sub(written, text)  # type: ignore[call-overload]
        if changed != text:
            bind.execute(
                sa.text("UPDATE canned_answer_text SET text = :text WHERE version_id = :version AND language = :code"),
                {"text": changed, "version": version_id, "code": code},
            )
