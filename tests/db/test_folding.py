"""When two spellings are the same contact or tag, and when they only look alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.folding import UnusableContactError, fold_email, fold_handle, fold_phone, fold_tag

FOLDS: tuple[Callable[[str], str], ...] = (fold_email, fold_phone, fold_handle, fold_tag)


@pytest.mark.parametrize(
    "written",
    [
        "+62 812-3456-7890",
        "0062 812 3456 7890",
        "0812 3456 7890",
        "+62 (0)812 3456 7890",
        "+62 0812 3456 7890",
        "(+62) 81234567890",
        "62812 3456 7890",
        "tel:+62812-3456-7890;ext=5",
        "0812 3456 7890 ext 12",
        "０８１２３４５６７８９０",
        "٠٨١٢٣٤٥٦٧٨٩٠",
        "\u202a+62\u00a0812\u20113456\u20117890\u202c",
    ],
)
def test_a_number_is_one_however_it_is_written(written: str) -> None:
    assert fold_phone(written) == "6281234567890"


def test_a_number_of_another_country_is_not_joined_with_ours() -> None:
    assert fold_phone("+1 415 555 0100") == "14155550100"
    assert fold_phone("415 555 0100") == "4155550100"
    assert fold_phone("0415550100", country="61") == "61415550100"


def test_an_address_is_one_in_any_case() -> None:
    assert fold_email(" Budi\u200b@Example.COM. ") == "budi@example.com"


def test_dots_and_suffixes_in_an_address_are_other_mailboxes() -> None:
    assert len({fold_email(f"{name}@example.com") for name in ("b.udi", "budi", "budi+shop")}) == 3


@pytest.mark.parametrize("fold", [fold_email, fold_handle, fold_tag])
def test_letters_that_look_alike_and_punycode_are_never_joined(fold: Callable[[str], str]) -> None:
    assert len({fold(name) for name in ("admin", "аdmin", "xn--dmin-7cd")}) == 3


def test_a_handle_is_one_with_or_without_at_sign_and_in_wide_letters() -> None:
    assert {fold_handle(name) for name in ("@Budi", "budi", "Ｂｕｄｉ", "bu\u00addi\u202e")} == {"budi"}


def test_a_tag_is_one_in_any_case_and_spacing() -> None:
    assert {fold_tag(name) for name in ("VIP Gold", "#vip  gold", "Vip\u3000Gold")} == {"vip gold"}
    assert fold_tag("vip-gold") != fold_tag("vip gold")


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("value", ["", "   ", "\u200b\u202e", "\U000e0041\x00", "\ud800"])
def test_nothing_to_compare_is_refused(fold: Callable[[str], str], value: str) -> None:
    with pytest.raises(UnusableContactError):
        fold(value)


def test_what_does_not_fit_its_column_is_refused_and_not_cut() -> None:
    with pytest.raises(UnusableContactError, match="60"):
        fold_tag("\ufdfa" * 4)  # one sign that becomes eighteen


@pytest.mark.parametrize("fold", FOLDS)
@given(value=st.text(max_size=80))
def test_folding_twice_changes_nothing(fold: Callable[[str], str], value: str) -> None:
    try:
        once = fold(value)
    except UnusableContactError:
        return
    assert fold(once) == once
    once.encode("utf-8")
