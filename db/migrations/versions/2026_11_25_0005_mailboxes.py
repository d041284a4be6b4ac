"""Where mail came in and where its answer goes out, a bound on machines that answer machines, drafts to third parties.

Revision: 0005, after 0004.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DRAFTS = ("draft", "draft_file")


def upgrade() -> None:
    op.add_column("support_case", sa.Column("mailbox", sa.String(length=200), nullable=True))
    op.add_column("support_case", sa.Column("queue", sa.String(length=64), nullable=True))
    op.create_index("ix_support_case_queue_name", "support_case", ["queue", "id"])
    op.add_column("inbound", sa.Column("mailbox", sa.String(length=200), nullable=True))
    op.add_column("inbound", sa.Column("is_live", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("contact_point", sa.Column("recent_since", MOMENT, nullable=True))
    op.add_column("contact_point", sa.Column("recent_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("looked_for_at", MOMENT, nullable=True))
    op.add_column("draft", sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))
    for table in DRAFTS:
        _allow(table, "reply", "note", "side")


def downgrade() -> None:
    for table in DRAFTS:
        op.execute(sa.text(f"DELETE FROM {table} WHERE kind = 'side'"))
        _allow(table, "reply", "note")
    op.drop_column("draft", "details")
    op.drop_column("outbox", "looked_for_at")
    op.drop_column("contact_point", "recent_count")
    op.drop_column("contact_point", "recent_since")
    op.drop_column("inbound", "is_live")
    op.drop_column("inbound", "mailbox")
    op.drop_index("ix_support_case_queue_name", "support_case")
    op.drop_column("support_case", "queue")
    op.drop_column("support_case", "mailbox")


def _allow(table: str, *kinds: str) -> None:
    """Let `kind` hold these words. SQLite changes no CHECK in place: the table is written anew, to the letter."""
    check = f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_kind"), table, sa.text(check))
        return
    bind = op.get_bind()
    written: str = bind.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table})
    before = re.search(r"kind IN \([^)]*\)", written)
    columns = ", ".join(row.name for row in bind.execute(sa.text(f"PRAGMA table_info({table})")))
    if before is None:
        raise RuntimeError(f"{table} has no CHECK on kind; the schema was changed by hand")
    op.rename_table(table, f"{table}_before")
    op.execute(sa.text(written.replace(before[0], check)))
    op.execute(sa.text(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_before"))
    op.drop_table(f"{table}_before")
