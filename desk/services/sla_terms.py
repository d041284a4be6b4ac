"""What clocks are measured by: the policies in force, and the hours of channels and queues."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, select

from db.models import SlaPolicy
from desk.rules.hours import HoursPlan
from desk.rules.sla import Matter, Policy, policy_for
from desk.rules.staffed import Staffed
from desk.services.hours import plans_of
from desk.services.policy_files import from_data, policy_of


@dataclass(frozen=True, slots=True)
class Terms:
    """The policies and hours at one moment."""

    policies: tuple[Policy, ...]
    plans: Staffed[HoursPlan]

    def policy(self, matter: Matter) -> Policy:
        """The policy for a case."""
        return policy_for(matter, self.policies)


def terms_of(connection: Connection, now: datetime) -> Terms:
    """The terms in force."""
    rows = connection.execute(select(SlaPolicy.key, SlaPolicy.version, SlaPolicy.data).order_by(SlaPolicy.key))
    texts = tuple((key, version, json.dumps(data, sort_keys=True)) for key, version, data in rows)
    return Terms(_policies(texts), plans_of(connection, now))


@lru_cache(maxsize=8)
def _policies(texts: tuple[tuple[str, int, str], ...]) -> tuple[Policy, ...]:
    return tuple(policy_of(key, from_data(json.loads(text)), version) for key, version, text in texts)
