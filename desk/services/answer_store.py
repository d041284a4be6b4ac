"""Answers in the database as the files that they come from, and new versions of them."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from db.kinds import AnswerState, Channel, Language
from db.models import AnswerFile as FileRow
from db.models import AnswerText, AnswerVersion, CannedAnswer
from desk.rules.text import clean_text
from desk.services.answer_files import Actions, AnswerFile, AnswerWords, Valid, Variable
from desk.services.blobs import keep_blobs, sha256

if TYPE_CHECKING:
    from db.uow import UnitOfWork

Content = tuple[AnswerFile, tuple[tuple[str, str], ...]]
"""A version as a file, and the digests of what goes along by name: two versions that agree in both say the same."""


def normal(file: AnswerFile) -> AnswerFile:
    """The file as it comes back from the database: texts without blanks at their ends, variables by name."""
    words = {
        code.value: AnswerWords(clean_text(text.title).strip(), clean_text(text.text).strip())
        for code, text in file.texts.items()
    }
    return msgspec.structs.replace(file, variables=dict(sorted(file.variables.items())), **words)


def content_of(key: str, version: AnswerVersion) -> Content:
    """A version as its file, and what goes along with it."""
    words = {str(text.language): AnswerWords(text.title, text.text) for text in version.texts}
    variables = msgspec.convert(version.variables, dict[str, Variable])
    file = AnswerFile(
        key=key,
        topic=version.topic_key,
        channels=tuple(Channel(each) for each in version.channels),
        files=tuple(each.filename for each in version.files),
        valid=Valid(version.valid_from, version.valid_until),
        actions=msgspec.convert(version.actions or {}, Actions),
        variables=variables,
        **words,
    )
    return normal(file), tuple((each.filename, each.sha256) for each in version.files)


def content_of_file(file: AnswerFile, contents: Mapping[str, bytes]) -> Content:
    """As `content_of`, of a file that was read."""
    return normal(file), tuple((name, sha256(contents[name])) for name in file.files)


def new_version(
    unit: UnitOfWork,
    answer: CannedAnswer,
    file: AnswerFile,
    contents: Mapping[str, bytes],
    state: AnswerState,
    owner_id: int | None,
) -> AnswerVersion:
    """The next version of an answer, from a file."""
    file = normal(file)
    if contents:
        keep_blobs(unit.session.connection(), list(contents.values()))
    version = AnswerVersion(
        number=max((each.number for each in answer.versions), default=0) + 1,
        state=state,
        topic_key=file.topic,
        channels=[each.value for each in file.channels],
        variables=msgspec.to_builtins(file.variables),
        owner_id=owner_id,
        created_at=unit.now,
        actions=msgspec.to_builtins(file.actions),
        valid_from=file.valid.start,
        valid_until=file.valid.until,
        texts=[
            AnswerText(language=Language(code), title=words.title, text=words.text)
            for code, words in file.texts.items()
        ],
        files=[
            FileRow(
                position=position,
                filename=name,
                content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
                size=len(contents[name]),
                sha256=sha256(contents[name]),
            )
            for position, name in enumerate(file.files)
        ],
    )
    answer.versions.append(version)
    unit.session.flush()
    return version


def in_force(answer: CannedAnswer) -> AnswerVersion | None:
    """The version that agents use; None for none."""
    approved = [each for each in answer.versions if each.state is AnswerState.APPROVED]
    return max(approved, key=lambda each: each.number) if approved else None


def retired_here(answer: CannedAnswer) -> bool:
    """Whether people took it out of use, and nobody has written it anew since."""
    return bool(answer.versions) and answer.versions[-1].state is AnswerState.RETIRED
