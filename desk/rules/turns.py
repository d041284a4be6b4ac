"""Reserved shares: whose turn it is when several queues want a part of an agent's next cases.

A queue with `percent` reserved is due at the latest with every `every(percent)`-th new case of an agent. With shares of
100 % or less together, k queues with a share, and cases waiting that the agent can do, a queue gets one of any
`every(percent) + k - 1` new cases in a row.
"""

from __future__ import annotations

from collections.abc import Mapping


def every(percent: int) -> int:
    """One of how many cases has to come from a queue with so many per cent reserved, 1 to 100."""
    return max(1, 100 // percent)


def due_turns(turns: Mapping[str, int], shares: Mapping[str, int]) -> list[str]:
    """The queues whose turn it is, the longest overdue first; `turns` counts cases from elsewhere since the last."""
    late = {key: turns.get(key, 0) + 1 - every(percent) for key, percent in shares.items()}
    return sorted((key for key, by in late.items() if by >= 0), key=lambda key: (-late[key], every(shares[key]), key))


def next_turns(turns: Mapping[str, int], shares: Mapping[str, int], queue: str) -> dict[str, int]:
    """The counts after a new case that came from `queue`."""
    return {key: 0 if key == queue else turns.get(key, 0) + 1 for key in shares}
