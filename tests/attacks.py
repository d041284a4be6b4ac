"""The corpus of texts that mean harm, where it lies beside this checkout."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parents[2] / "shared" / "corpora" / "attacks"
ARCHIVES = {"zip", "zip_nested", "zip_overlap", "gzip"}
"""What makes archives within archives; making them costs more than anything that is tried with them."""


def lines(*, archives: bool = True) -> list[dict[str, Any]]:
    """What the corpus says of each attack; nothing where there is no corpus."""
    module = _expand()
    found: list[dict[str, Any]] = module.load() if module else []
    return [line for line in found if archives or not line.get("generator", {}).keys() & ARCHIVES]


def payload(line: dict[str, Any]) -> bytes:
    """The attack itself; lone surrogates are let through as they would come."""
    module = _expand()
    assert module is not None
    made = module.payload(line)
    return made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")


@cache
def _expand() -> ModuleType | None:
    if not (FOLDER / "expand.py").is_file():
        return None
    spec = importlib.util.spec_from_file_location("attacks_expand", FOLDER / "expand.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    dont_write, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = dont_write
    return module
