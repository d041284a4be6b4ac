"""The keys as a Markdown table; `python -m desk.tui.key_table README.md` puts it between the file's markers."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from desk.tui import actions

BEGIN, END = "<!-- keys:begin -->", "<!-- keys:end -->"
PLACES = {
    "desk": "everywhere",
    "compose": "composer",
    "answers": "canned answers",
    "review": "answers in review",
    "playbook": "stolen account",
    "playbook-payments": "its transactions",
}


def key_table() -> str:
    """All keys, one action a row."""
    rows = ["| keys | what it does | where |", "|---|---|---|"]
    for action in actions.every():
        places = ", ".join(PLACES.get(place, place) for place in action.where)
        rows.append(f"| `{actions.all_written(action, {})}` | {action.help} | {places} |")
    return "\n".join(rows)


def with_table(text: str) -> str:
    """The text with the table in force between its markers."""
    table = f"{BEGIN}\n{key_table()}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: table, text, flags=re.DOTALL)


def main() -> None:
    """Renew the table of the files named."""
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
