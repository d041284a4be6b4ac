"""Run the benchmarks: all of them, or those named (`python -m benchmarks queue_page intake`)."""

from __future__ import annotations

import sys
from importlib import import_module

ALL = (
    "start",
    "queue_page",
    "claims",
    "keys",
    "memory",
    "intake",
    "hostile_mail",
    "hours",
    "figures",
    "sla",
    "suggestions",
    "rises",
    "masking",
)


def main(names: list[str]) -> None:
    """Run each and print what it measured."""
    for name in names or ALL:
        if name not in ALL:
            sys.exit(f"there is no benchmark {name!r}; there are: {', '.join(ALL)}")
        import_module(f"benchmarks.{name}").run()
        print(flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
