"""Triggers: events are append-only, and the queue's counts follow every change of a case.

Revision: 0002, after 0001.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE_UP = (
    """CREATE TRIGGER event_no_update BEFORE UPDATE ON event
       BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER event_no_delete BEFORE DELETE ON event
       BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER lane_count_insert AFTER INSERT ON support_case
       WHEN NEW.status IN ('new', 'open')
       BEGIN INSERT INTO lane_count (channel, cases) VALUES (NEW.channel, 1); END""",
    """CREATE TRIGGER lane_count_delete AFTER DELETE ON support_case
       WHEN OLD.status IN ('new', 'open')
       BEGIN INSERT INTO lane_count (channel, cases) VALUES (OLD.channel, -1); END""",
    """CREATE TRIGGER lane_count_leave AFTER UPDATE OF status, channel ON support_case
       WHEN OLD.status IN ('new', 'open')
            AND (NEW.status NOT IN ('new', 'open') OR NEW.channel <> OLD.channel)
       BEGIN INSERT INTO lane_count (channel, cases) VALUES (OLD.channel, -1); END""",
    """CREATE TRIGGER lane_count_enter AFTER UPDATE OF status, channel ON support_case
       WHEN NEW.status IN ('new', 'open')
            AND (OLD.status NOT IN ('new', 'open') OR NEW.channel <> OLD.channel)
       BEGIN INSERT INTO lane_count (channel, cases) VALUES (NEW.channel, 1); END""",
)
SQLITE_DOWN = (
    "event_no_update",
    "event_no_delete",
    "lane_count_insert",
    "lane_count_delete",
    "lane_count_leave",
    "lane_count_enter",
)

POSTGRES_UP = (
    """CREATE FUNCTION desk_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'events are append-only'; END $$""",
    """CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
       FOR EACH ROW EXECUTE FUNCTION desk_append_only()""",
    """CREATE FUNCTION desk_lane_count() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP <> 'INSERT' AND OLD.status IN ('new', 'open') THEN
           INSERT INTO lane_count (channel, cases) VALUES (OLD.channel, -1);
         END IF;
         IF TG_OP <> 'DELETE' AND NEW.status IN ('new', 'open') THEN
           INSERT INTO lane_count (channel, cases) VALUES (NEW.channel, 1);
         END IF;
         RETURN NULL;
       END $$""",
    """CREATE TRIGGER lane_count_insert AFTER INSERT ON support_case
       FOR EACH ROW EXECUTE FUNCTION desk_lane_count()""",
    """CREATE TRIGGER lane_count_delete AFTER DELETE ON support_case
       FOR EACH ROW EXECUTE FUNCTION desk_lane_count()""",
    """CREATE TRIGGER lane_count_update AFTER UPDATE ON support_case FOR EACH ROW
       WHEN (OLD.channel <> NEW.channel
             OR (OLD.status IN ('new', 'open')) <> (NEW.status IN ('new', 'open')))
       EXECUTE FUNCTION desk_lane_count()""",
)
POSTGRES_DOWN = (
    "DROP TRIGGER lane_count_insert ON support_case",
    "DROP TRIGGER lane_count_delete ON support_case",
    "DROP TRIGGER lane_count_update ON support_case",
    "DROP FUNCTION desk_lane_count()",
    "DROP TRIGGER event_append_only ON event",
    "DROP FUNCTION desk_append_only()",
)


def upgrade() -> None:
    statements = SQLITE_UP if op.get_bind().dialect.name == "sqlite" else POSTGRES_UP
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        statements: tuple[str, ...] = tuple(f"DROP TRIGGER {name}" for name in SQLITE_DOWN)
    else:
        statements = POSTGRES_DOWN
    for statement in statements:
        op.execute(statement)
