"""What a customer was told is when a case is due: the worker computes the clocks of all open cases anew.

Revision: 0021, after 0020.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE sla_run SET reason = 'the desk was upgraded', last_id = 0, done = 0, changed = 0, finished_at = NULL, "
        "up_to = coalesce((SELECT max(id) FROM support_case), up_to)"
    )
    op.execute(
        "INSERT INTO sla_run (id, reason, requested_at, last_id, up_to, done, changed) "
        "SELECT 1, 'the desk was upgraded', max(created_at), 0, max(id), 0, 0 FROM support_case "
        "WHERE NOT EXISTS (SELECT 1 FROM sla_run) HAVING count(*) > 0"
    )


def downgrade() -> None:
    """Nothing to take back: the clocks are computed anew at their next change."""
