"""The holidays of a country are asked of their library once, and remembered on this machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import holidays
import pytest

from desk.rules.hours import CalendarError
from desk.services.public_holidays import Known, public_holidays

Asks = Callable[..., Known]


@pytest.fixture
def asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asks:
    """Asks as a new program does, on a machine that remembers nothing at first."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def asked(country: str = "ID", *, first: int = 2026) -> Known:
        public_holidays.cache_clear()
        return public_holidays(country, "", ("public",), first, first + 1)

    return asked


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_second_program_needs_no_library(asks: Asks, monkeypatch: pytest.MonkeyPatch) -> None:
    days = asks()
    assert (date(2026, 12, 25), "Christmas Day") in days
    monkeypatch.setattr(holidays, "country_holidays", _not_there)
    assert asks() == days
    with pytest.raises(ImportError):
        asks("SG")


def test_what_is_damaged_or_said_by_another_version_is_asked_anew(
    asks: Asks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = asks()
    (file,) = kept(tmp_path)
    for damaged in (file.read_bytes()[:-9], file.read_bytes().replace(b"Christmas", b"Christm\xffs")):
        file.write_bytes(damaged)
        assert asks() == days
    monkeypatch.setattr("desk.services.public_holidays._version", lambda: "another")
    assert asks() == days
    assert len(kept(tmp_path)) == 2


def test_what_cannot_be_remembered_is_answered_all_the_same(
    asks: Asks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "desk").write_text("a file in the place of the folder")
    assert (date(2026, 8, 17), "Independence Day") in asks()
    monkeypatch.setattr(Path, "replace", _full)
    (tmp_path / "desk").unlink()
    assert (date(2026, 8, 17), "Independence Day") in asks()
    assert kept(tmp_path) == []


def test_an_unknown_country_is_named_each_time(asks: Asks, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(CalendarError, match="holidays: "):
            asks("QQ")
    assert kept(tmp_path) == []


def _not_there(*_arguments: object, **_how: object) -> None:
    raise ImportError


def _full(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")
