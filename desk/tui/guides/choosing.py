"""What is chosen around guides: which guide, what is noted, and what comes next for an error code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.kinds import Language
from desk.rules.guides import FieldError, FieldKind, in_language, read_value
from desk.tui.dialogs.choice import Choice, ChoiceDialog
from desk.tui.dialogs.text import TextDialog

if TYPE_CHECKING:
    from db.rows import CaseDetail
    from desk.rules.error_codes import ErrorCode
    from desk.rules.guides import Field, Guide, Step

HINTS = {
    FieldKind.VERSION: "2.14.0",
    FieldKind.ERROR_CODE: "PAY-102",
    FieldKind.DATE: "2026-11-25",
    FieldKind.AMOUNT: "Rp150.000",
    FieldKind.REFERENCE: "9F2A-7781",
}


def guide_dialog(
    guides: Sequence[Guide], detail: CaseDetail, codes: Sequence[ErrorCode], language: Language
) -> ChoiceDialog[str]:
    """All guides: those of the error codes that the customer named first, then those of the case's topic."""
    proposed = detail.proposal.topic_key if detail.proposal is not None else None
    topic = detail.case.topic_key or proposed
    of_codes = {code.guide: code.code for code in reversed(codes) if code.guide}

    def rank(guide: Guide) -> tuple[bool, bool]:
        return guide.key not in of_codes, topic is None or topic not in guide.topics

    def choices(typed: str) -> list[Choice[str]]:
        said = typed.strip().casefold()
        fitting = [each for each in guides if said in f"{each.key} {' '.join(each.title.values())}".casefold()]
        return [
            Choice(each.key, in_language(each.title, language), _why(each, topic, of_codes))
            for each in sorted(fitting, key=rank)
        ]

    return ChoiceDialog(f"Guide for {detail.case.reference}", choices, typed=True)


def _why(guide: Guide, topic: str | None, of_codes: Mapping[str, str]) -> str:
    if guide.key in of_codes:
        return f"for {of_codes[guide.key]}"
    return f"for {topic}" if topic is not None and topic in guide.topics else guide.key


def field_dialog(guide: Guide, step: Step | None, noted: Mapping[str, str], language: Language) -> ChoiceDialog[str]:
    """What can be noted, what the step asks for first, each with what is noted already."""
    first = step.collect if step is not None else ()
    keys = [*first, *(key for key in guide.fields if key not in first)]
    choices = [
        Choice(
            key, in_language(guide.fields[key].ask, language), noted.get(key, ""), str(number) if number < 10 else ""
        )
        for number, key in enumerate(keys, start=1)
    ]
    open_ = next((key for key in keys if key not in noted), keys[0] if keys else None)
    return ChoiceDialog("Note what the customer said", lambda _typed: choices, selected=open_)


def value_dialog(field: Field, noted: str, language: Language) -> ChoiceDialog[str] | TextDialog:
    """The value of a field: one of its options, or a line that is looked at before it is taken."""
    ask = in_language(field.ask, language)
    if field.kind is FieldKind.CHOICE:
        choices = [
            Choice(key, in_language(said, language), key=str(number))
            for number, (key, said) in enumerate(field.options.items(), start=1)
        ]
        return ChoiceDialog(ask, lambda _typed: choices, selected=noted or None)

    def problem(typed: str) -> str:
        if not typed.strip():
            return ""
        try:
            read_value(field, typed)
        except FieldError as error:
            return str(error)
        return ""

    example = f"such as {HINTS[field.kind]}   " if field.kind in HINTS else ""
    return TextDialog(ask, text=noted, hint=f"{example}⏎ take it   empty forgets it   esc back", problem=problem)


@dataclass(frozen=True, slots=True)
class CodeStep:
    """What to do about an error code: begin its `guide`, insert its `answer`, or `say` its wording."""

    what: str
    code: ErrorCode


def code_dialog(codes: Sequence[ErrorCode], language: Language) -> ChoiceDialog[CodeStep]:
    """The next steps of these codes."""
    choices: list[Choice[CodeStep]] = []
    for code in codes:
        named = f"{code.code}: " if len(codes) > 1 else ""
        if code.guide:
            choices.append(Choice(CodeStep("guide", code), f"{named}walk the guide {code.guide}"))
        if code.answer:
            choices.append(Choice(CodeStep("answer", code), f"{named}write the answer {code.answer}"))
        choices.append(Choice(CodeStep("say", code), f"{named}write what it means", in_language(code.say, language)))
    numbered = [
        Choice(each.value, each.label, each.note, str(place)) for place, each in enumerate(choices[:9], start=1)
    ]
    title = f"{codes[0].code}  {in_language(codes[0].meaning, language)}" if len(codes) == 1 else "Error codes"
    return ChoiceDialog(title, lambda _typed: numbered)
