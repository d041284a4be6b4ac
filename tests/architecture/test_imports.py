"""What importing may pull in and may do; import-linter's contracts in pyproject.toml say who may import whom."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED_IN_RULES = ("db.kinds", "db.rows", "desk.rules", "msgspec.")  # frozen words and rows, tested here to be as pure
PURE = [ROOT / "db" / "kinds.py", ROOT / "db" / "rows.py", *sorted((ROOT / "desk" / "rules").rglob("*.py"))]

WATCH = """
import json, os, pkgutil, sys
from importlib import import_module

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NOTED = {"sqlite3.connect", "socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.rename", "os.remove"}
seen = []

def note(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
    settings = event == "open" and str(arguments[0]).endswith((".toml", ".sqlite", ".db", ".env"))
    if event in NOTED or writes or settings:
        seen.append(f"{event} {arguments[0]!r} while importing {current}")

def ours(package):
    yield package
    for found in pkgutil.walk_packages(import_module(package).__path__, package + "."):
        # Alembic runs what lies there; nobody imports it.
        if not found.name.startswith("db.migrations."):
            yield found.name

current = ""
sys.addaudithook(note)
for package in ("db", "desk"):
    for current in ours(package):
        if not current.endswith("__main__"):
            import_module(current)
json.dump(seen, sys.stdout)
"""


@pytest.mark.slow
def test_importing_our_modules_does_nothing() -> None:
    assert _python(WATCH) == [], "no engine, no settings, no file at import"


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("desk.tui.app", ["sqlalchemy", "alembic", "click", "psycopg"]),  # the first frame waits for none of them
        ("desk.cli", ["sqlalchemy", "alembic", "textual", "rich"]),  # `desk --version` is quick
    ],
)
def test_start_up_does_not_wait_for(module: str, unwanted: list[str]) -> None:
    if not ROOT.joinpath(*module.split(".")).with_suffix(".py").exists():
        pytest.skip(f"{module} does not exist yet")
    loaded = _python(f"import json, sys, {module}; json.dump(sorted(sys.modules), sys.stdout)")
    assert set(unwanted).isdisjoint(loaded)


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_rules_import_only_the_standard_library_and_kinds(path: Path) -> None:
    strangers = {
        name
        for name in _imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith(ALLOWED_IN_RULES)
    }
    assert not strangers


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "desk.rules" if node.level else node.module or ""
            # `from desk import rules` and `from desk.rules import due` both name a module by its last word.
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def _python(program: str) -> list[str]:
    environment = {"PYTHONDONTWRITEBYTECODE": "1"} | dict(os.environ)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: list[str] = json.loads(done.stdout)
    return answer


def test_guides_are_imported_by_their_package_first() -> None:
    """Threads import screens and services at once: one at the package, one at a module of it, wait for each other."""
    outside = [path for path in (ROOT / "desk").rglob("*.py") if path.parent != ROOT / "desk" / "rules" / "guides"]
    found = {}
    for path in outside:
        named = re.findall(
            r"^\s*from (desk\.rules\.guides[\w.]*) import", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        if named and named[0] != "desk.rules.guides":
            found[str(path.relative_to(ROOT))] = named[0]
    assert found == {}
