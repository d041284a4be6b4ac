"""Canned answers that a routing rule sends by itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from db.kinds import AnswerState, Language
from db.models import AnswerText, AnswerVersion, CannedAnswer, Case
from db.uow import UnitOfWork
from desk.rules.answers import CHANNEL_WORDS

CUSTOMER = {Language.INDONESIAN: "pelanggan kami", Language.ENGLISH: "customer", Language.CHINESE: "客户"}
TEAM = {
    Language.INDONESIAN: "Tim layanan pelanggan",
    Language.ENGLISH: "Customer support",
    Language.CHINESE: "客户服务团队",
}


@dataclass(frozen=True, slots=True)
class AutomaticText:
    """An answer's words, and which version of which answer they are (`key@version`)."""

    text: str
    name: str


def automatic_text(unit: UnitOfWork, case: Case, key: str, language: Language) -> AutomaticText | None:
    """The approved answer's words for a case; None when there is none any more.

    Nothing that the writer said is in them, neither a name nor a subject: whoever forges a sender must not have words
    of theirs sent by us.
    """
    query = (
        select(AnswerVersion.number, AnswerText.text)
        .join(CannedAnswer, CannedAnswer.id == AnswerVersion.answer_id)
        .join(AnswerText, AnswerText.version_id == AnswerVersion.id)
        .where(CannedAnswer.key == key, AnswerVersion.state == AnswerState.APPROVED, AnswerText.language == language)
        .order_by(AnswerVersion.number.desc())
        .limit(1)
    )
    row = unit.session.execute(query).one_or_none()
    if row is None:
        return None
    from desk.services.answer_values import style_of, values_of_channel  # most intake answers nothing by itself
    from desk.templates.engine import fill

    connection = unit.session.connection()
    values = values_of_channel(connection, case.channel, unit.now) | {
        "customer.name": CUSTOMER[language],
        "agent.name": TEAM[language],
        "case.reference": f"#{case.id}",
        "case.subject": f"#{case.id}",
        "customer.language": language.value,
        "channel": CHANNEL_WORDS.get(language, {}).get(case.channel, case.channel.value),
    }
    return AutomaticText(
        fill(row.text.strip(), values, style_of(connection, language, unit.now)).text, f"{key}@{row.number}:{language}"
    )
