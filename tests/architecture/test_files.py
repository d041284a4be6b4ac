"""What the repository's files must not hold, and how long ours may get."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES = 400

# Spelled so that this file does not hold them itself. Where packages come from is each machine's own business, and a
# path of the machine that a file was written on is of no use on another.
PLACES = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|[.]debian[.]org|(?<![\w.:~/])/(?:work|root|opt)/[\w.]", re.ASCII
)


def committed_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed_files()
        if path.is_file() and (match := PLACES.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert not found


def test_no_module_of_ours_holds_two_subjects() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for package in ("db", "desk")
        for path in (ROOT / package).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert not too_long


def test_every_pinned_package_has_a_hash() -> None:
    for name in ("constraints.txt", "constraints-dev.txt"):
        requirements = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())
        assert all("==" in line and "--hash=sha256:" in line for line in requirements), name


def test_the_tools_are_tested_with_the_versions_that_are_shipped() -> None:
    run, develop = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("constraints.txt", "constraints-dev.txt")
    )
    assert run <= develop


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    wanted = {re.split(r"[\[<>=~! ;]", line)[0] for group in groups for line in group if isinstance(line, str)}
    table = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8"), re.MULTILINE)
    explained = {name for cell in table for name in cell.split(", ")} - {"package"}
    assert explained == wanted
