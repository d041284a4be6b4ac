"""Names for saved files: safe in any folder and on any system, honest ones as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.rules.filenames import candidates, safe_name

HOSTILE = [
    "../../escape.txt",
    "/etc/passwd",
    "..\\..\\escape.txt",
    "C:\\Windows\\system.ini",
    "a\0b.txt",
    "CON",
    "con.txt",
    "COM¹.log",
    ".bashrc",
    "...",
    "..",
    "-rf",
    "x" * 300 + ".pdf",
    "退" * 300 + ".pdf",
    "invoice\u202efdp.exe",
    "a/b/c.txt",
    "line\nbreak.txt",
    " . ",
    "~/x",
    "a:stream",
    "\ud800.txt",
    "\u2028",
]


def check(name: str) -> None:
    assert name
    assert name not in {".", ".."}
    assert name[0] not in ".-~ "
    assert name[-1] not in ". "
    assert not set(name) & set('/\\:*?"<>|\0')
    assert len(name.encode()) <= 255
    assert name.isprintable()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_a_plain_one(name: str) -> None:
    check(safe_name(name))


@pytest.mark.slow
@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_name_becomes_a_plain_one_and_stays_so(name: str) -> None:
    check(safe_name(name))
    assert safe_name(safe_name(name)) == safe_name(name)


@pytest.mark.parametrize("name", ["CON", "con.txt", "Aux.tar.gz", "LPT1", "COM¹.log", "nul"])
def test_no_name_is_a_device(name: str) -> None:
    assert safe_name(name) == "_" + name


@pytest.mark.parametrize(
    "name", ["invoice.pdf", "Bukti [transfer] 退款 (2).png", "a.tar.gz", "naïve résumé.doc", "فاتورة.pdf"]
)
def test_an_honest_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name) == name


def test_the_true_ending_is_shown_last() -> None:
    assert safe_name("invoice\u202efdp.exe") == "invoicefdp.exe"
    assert safe_name("x" * 300 + ".exe").endswith(".exe")


def test_other_names_to_try_keep_the_ending() -> None:
    tries = candidates("shot.png")

    assert [next(tries) for _ in range(3)] == ["shot.png", "shot (1).png", "shot (2).png"]


def test_a_long_name_leaves_room_for_a_number() -> None:
    assert max(len(name.encode()) for name in candidates("退" * 400 + ".pdf")) <= 255
