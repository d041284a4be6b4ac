"""What suggestions were learned, and how strictly written answers are checked.

Revision: 0013, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "suggestion_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("learned_at", MOMENT, nullable=True),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion_model"),
    )
    level = sa.Enum(
        "block", "warn", "off",
        name=op.f("ck_quality_check_level"), native_enum=False, create_constraint=True, length=24,
    )  # fmt: skip
    op.create_table(
        "quality_check",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("level", level, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_quality_check"),
    )


def downgrade() -> None:
    op.drop_table("quality_check")
    op.drop_table("suggestion_model")
