"""The wheel on its own: built from the tree, put into an empty environment, used from an unrelated folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IN_THE_WHEEL = ("db", "desk", "seeds", "pyproject.toml", "README.md", "LICENSE")

pytestmark = pytest.mark.slow

Desk = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the pinned hatchling from a copy of the tree, so that the tree stays as it is."""
    tree = tmp_path_factory.mktemp("tree")
    for name in IN_THE_WHEEL:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tree / "dist"), cwd=tree)
    (built,) = (tree / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel and what the wheel itself asks for, at the pinned versions."""
    folder = tmp_path_factory.mktemp("environment")
    # pip takes hashes only for what is asked for by name, and here the wheel's own words decide what that is.
    pinned = folder / "pinned.txt"
    pins = re.findall(r"^(\S+==\S+(?: ;[^\\\n]*)?)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    pinned.write_text("\n".join(pins) + "\n")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    pip = (sys.executable, "-m", "pip", "--python", str(folder / "venv"), "install", "--quiet", "--no-compile")
    # with the user's own settings for pip, which tests/conftest.py puts out of sight
    as_usual = {name: text for name, text in os.environ.items() if name != "XDG_CONFIG_HOME"}
    run(*pip, "--only-binary", ":all:", "--constraint", str(pinned), str(wheel), env=as_usual)
    return folder / "venv"


@pytest.fixture
def desk(environment: Path, tmp_path: Path) -> Desk:
    """Runs the installed command at home nowhere: an empty home, an unrelated folder, no repository in sight."""
    home = tmp_path / "home"
    home.mkdir()
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("DESK_", "PYTHON", "XDG_"))}

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return run(
            str(environment / "bin" / "desk"),
            *words,
            cwd=tmp_path,
            env=clean | {"HOME": str(home), "DESK_AGENT": "ina"},
        )

    return call


def test_the_wheel_holds_migrations_seeds_and_styles_but_no_tests(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        str(path.relative_to(ROOT))
        if path.is_relative_to(ROOT / "db") or path.is_relative_to(ROOT / "desk")
        # seeds lie inside the package once it is installed
        else f"desk/{path.relative_to(ROOT)}"
        for folder in ("db", "desk", "seeds")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected - held == set()
    assert {name.partition("/")[0] for name in held if ".dist-info/" not in name} == {"db", "desk"}


# One test, because a second one may run in another process, which would have to make the environment again.
def test_it_works_alone_in_an_empty_environment(desk: Desk, wheel: Path) -> None:
    assert wheel.name.split("-")[1] in desk("--version").stdout
    desk("db", "upgrade")  # with its own migrations
    desk("db", "check")
    desk("demo", "--build-only")  # with its own seeds


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command that has to succeed."""
    done = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done
