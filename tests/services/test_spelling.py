"""Spelling by a dictionary, where there is one."""

from __future__ import annotations

import pytest

from db.kinds import Language
from desk.services.spelling import misspelt, wait_for


def words(text: str, language: Language = Language.ENGLISH) -> list[str]:
    return [text[start:end] for start, end in misspelt(text, language)]


@pytest.mark.slow
def test_english_words_that_no_dictionary_has_are_found_british_ones_and_names_are_not() -> None:
    assert wait_for(Language.ENGLISH)

    assert words("We recieve it immediatly and recognised the cancelled one, Budi.") == ["recieve", "immediatly"]
    assert words("Write to helpdesc@example.com or www.exampel.com, code abcde12, {custmer.name}.") == []
    assert words("> I recieve it\nThank you.") == []


def test_chinese_has_no_dictionary_and_nothing_is_found() -> None:
    assert words("我们会尽快处理", Language.CHINESE) == []
