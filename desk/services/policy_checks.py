"""Whether policies fit the desk that they are for: what they name is there, and each case has one that counts."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import combinations
from pathlib import Path

from sqlalchemy import Connection, select

from db.models import Topic
from db.queries import routing as queries
from desk.rules.routing import COMMON
from desk.rules.sla.policy import shared_channels
from desk.services.policy_files import PolicyFile, policy_of
from desk.services.seed_files import SeedError, none_such


def check_policies(connection: Connection, files: Mapping[str, PolicyFile]) -> None:
    """Whether each queue and topic that they name is there, and ranks tell any two apart. Raises `SeedError`."""
    known = {row.key for row in queries.queues(connection)} | {COMMON}
    topics = set(connection.scalars(select(Topic.key)))
    for key, file in files.items():
        path, queue = Path(f"{key}.toml"), file.breach.queue
        if queue is not None and queue not in known:
            fix = f"{none_such('queue', queue, known)}. Add it first (desk route apply), or name one of these"
            raise SeedError(path, "breach.queue", fix)
        for pattern in file.topics:
            if not any(fnmatchcase(topic, pattern) for topic in topics):
                fix = f"{none_such('topic', pattern, topics)}. Name one of these, or several at once as refund*"
                raise SeedError(path, "topics", fix)
    policies = [policy_of(key, file) for key, file in files.items()]
    for one, other in combinations(policies, 2):
        if one.rank == other.rank and (shared := shared_channels(one, other, topics)):
            fix = (
                f"{one.key}.toml has rank {one.rank} too and both fit some cases of {', '.join(shared)}. "
                "Give one of them another rank; the lowest counts"
            )
            raise SeedError(Path(f"{other.key}.toml"), "rank", fix)
