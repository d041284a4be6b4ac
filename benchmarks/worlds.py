"""Demo worlds of a given size, built once into `build/benchmarks`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path("build/benchmarks")


def world(cases: int) -> Path:
    """The SQLite file of a demo world with so many cases; it is made when it is not there yet."""
    path = (FOLDER / f"world-{cases}.db").resolve()
    done = path.with_suffix(".done")
    if done.exists():
        _desk(path, "db", "upgrade", "--no-backup")  # made by an older revision, perhaps
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    for leftover in FOLDER.glob(f"{path.name}*"):
        leftover.unlink()
    print(f"  (making a world of {cases} cases)", flush=True)
    _desk(path, "demo", "--cases", str(cases), "--seed", "1", "--build-only")
    done.touch()
    return path


def build_at(url: str, cases: int) -> None:
    """Make a demo world of so many cases in an empty database."""
    _desk(url, "db", "upgrade")
    _desk(url, "demo", "--cases", str(cases), "--seed", "1", "--build-only")


def _desk(where: Path | str, *arguments: str) -> None:
    command = [sys.executable, "-m", "desk", *arguments]
    subprocess.run(command, env=environment(where), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def environment(where: Path | str) -> dict[str, str]:
    """The environment in which the desk works on that file or database, as the demo's agent, apart from anybody's."""
    data = FOLDER.resolve() / "data"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("DESK_")},
        "DESK_DATABASE_URL": where if isinstance(where, str) else f"sqlite:///{where}",
        "DESK_DATA_DIR": str(data),
        "DESK_CONFIG": str(data / "none.toml"),
        "DESK_AGENT": "sari",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }
