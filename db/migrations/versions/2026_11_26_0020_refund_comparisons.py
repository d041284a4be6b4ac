"""When the books of refunds were compared with the wallet's, and what the lanes of refunds are read by.

Revision: 0020, after 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "refund_comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("theirs", sa.Integer(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_refund_comparison_agent_id_agent"),
        sa.PrimaryKeyConstraint("id", name="pk_refund_comparison"),
        sa.UniqueConstraint("night", name="uq_refund_comparison_night"),
    )
    op.create_index("ix_refund_waiting", "refund", ["state", "state_since", "id"])
    op.add_column("refund", sa.Column("is_flagged", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE refund SET is_flagged = (CAST(flags AS VARCHAR(10)) <> '[]')")
    op.create_index(
        "ix_refund_flagged",
        "refund",
        ["state_since", "id"],
        postgresql_where=sa.text("is_flagged"),
        sqlite_where=sa.text("is_flagged = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_refund_flagged", table_name="refund")
    op.drop_column("refund", "is_flagged")
    op.drop_index("ix_refund_waiting", table_name="refund")
    op.drop_table("refund_comparison")
