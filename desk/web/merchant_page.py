"""The merchant's page as HTML: what is asked, the forms to answer by, and what else there may be to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from db.kinds import Language
from db.kinds_refunds import MerchantAnswer
from db.rows_refunds import LinkSeen
from desk.rules.refunds.money import Money, written
from desk.services.refunds.merchant_links import LONGEST_ANSWER
from desk.services.refunds.words import moment, words_of
from desk.web.layout import page, shown
from desk.web.merchant_words import MERCHANT_WORDS, MerchantWords

A = MerchantAnswer
PART = "part"
"""What the form calls the approval of a part."""
ANSWERS = {each.value: each for each in MerchantAnswer} | {PART: MerchantAnswer.APPROVE}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent by one of the forms; shown again when it cannot be taken."""

    answer: str = ""
    amount: str = ""
    said: str = ""
    has_files: bool = False


def asked_page(link: LinkSeen, language: Language, typed: Typed | None = None, error: str = "") -> str:
    """What is asked, with a form for each answer; the one in `typed` is open and filled in, with its error."""
    words, typed = MERCHANT_WORDS[language], typed or Typed()
    asked = written(Money(link.refund.amount, link.refund.currency), language)
    forms = [_form(words, language, A.APPROVE.value, typed, asked)]
    if link.partial:
        forms.append(_form(words, language, PART, typed, asked))
    forms += [_form(words, language, each.value, typed, asked) for each in (A.DECLINE, A.ASK, A.ALREADY_PAID)]
    told = f'<p class="state bad" role="alert">{shown(error)}</p>\n' if error else ""
    body = f"{told}<p>{shown(words.intro)}</p>\n{_facts(link, language)}{_exchange(link, words)}"
    body += _files(link, words)
    body += f'<p class="quiet">{shown(words.once)}</p>\n{"".join(forms)}'
    return _page(words.title, language, body)


def done_page(link: LinkSeen, language: Language) -> str:
    """The confirmation: what was answered, and what comes of it."""
    words = MERCHANT_WORDS[language]
    said = words.done[link.answer or A.ASK].replace("{amount}", amount_of(link, language))
    body = f'<p class="state good">✓ {shown(said)}</p>\n{_facts(link, language, is_open=False)}'
    return _page(words.done_title, language, body)


def closed_page(link: LinkSeen, language: Language) -> str:
    """Why a link does nothing any more; where it was answered, with the answer."""
    words = MERCHANT_WORDS[language]
    body = ""
    if link.answer is not None and link.answered_at is not None:
        was = words.was[link.answer].replace("{amount}", amount_of(link, language))
        body = f'<p class="state">{shown(was.replace("{at}", moment(link.answered_at, language, link.zone)))}</p>\n'
    body += f"<p>{shown(words.status[link.status])}</p>\n{_facts(link, language, is_open=False)}"
    return _page(words.status_title[link.status], language, body)


def forged_page(language: Language) -> str:
    """For what is no link of ours: it says nothing about anything."""
    words = MERCHANT_WORDS[language]
    return _page(words.forged_title, language, f"<p>{shown(words.forged)}</p>\n")


def busy_page(language: Language, typed: Typed | None = None) -> str:
    """Nothing could be read or kept just now; what was typed is in the form that tries again."""
    words = MERCHANT_WORDS[language]
    if typed is None:
        return _page(words.busy_title, language, f"<p>{shown(words.busy_reading)}</p>\n")
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{shown(value)}">\n'
        for name, value in (("answer", typed.answer), ("amount", typed.amount))
    )
    fields += f'<textarea name="said" rows="4" maxlength="{LONGEST_ANSWER}">\n{shown(typed.said)}</textarea>\n'
    if typed.has_files:
        fields += f"<p>{shown(words.choose_again)}</p>\n{_upload(words)}"
    form = _posting(language, f'{fields}<button type="submit">{shown(words.again)}</button>\n', files=typed.has_files)
    return _page(words.busy_title, language, f"<p>{shown(words.busy)}</p>\n{form}")


def too_large_page(language: Language) -> str:
    """More was sent than is taken."""
    words = MERCHANT_WORDS[language]
    return _page(words.title, language, f'<p class="state bad">{shown(words.too_large)}</p>\n')


def _page(title: str, language: Language, body: str) -> str:
    return page(title, language, body, is_secret=True)


def amount_of(link: LinkSeen, language: Language) -> str:
    """The amount that is asked for, or that was approved, in words of the language."""
    return written(Money(link.refund.amount, link.refund.currency), language)


def _facts(link: LinkSeen, language: Language, *, is_open: bool = True) -> str:
    words, refund = MERCHANT_WORDS[language], link.refund
    paid = written(Money(refund.paid_amount, refund.currency), language)
    facts = [
        (words.merchant, refund.merchant_name or link.title),
        (words.paid_at, moment(refund.paid_at, language, link.zone)),
        (words.reference, refund.reference or refund.transaction),
        (words.reason, words_of(language).reasons[refund.reason]),
    ]
    if not is_open or refund.paid_amount != refund.amount:
        facts.insert(0, (words.paid, paid))
    if is_open:
        facts.insert(0, (words.asked, amount_of(link, language)))
        facts.append((words.deadline, moment(link.expires_at, language, link.zone)))
    return definitions(facts)


def definitions(facts: Sequence[tuple[str, str]]) -> str:
    """Labels and values as a list of terms."""
    return f"<dl>\n{''.join(f'<dt>{shown(name)}</dt><dd>{shown(value)}</dd>{chr(10)}' for name, value in facts)}</dl>\n"


def _exchange(link: LinkSeen, words: MerchantWords) -> str:
    if link.exchange is None:
        return ""
    asked, answered = link.exchange
    return (
        f'<h2>{shown(words.asked_us)}</h2>\n<p class="quiet">{shown(asked)}</p>\n'
        f"<h2>{shown(words.answered)}</h2>\n<p>{shown(answered)}</p>\n"
    )


def _files(link: LinkSeen, words: MerchantWords) -> str:
    if not link.files:
        return ""
    rows = "".join(
        f'<li><a href="{_here(link)}/files/{each.id}">{shown(each.filename)}</a> '
        f'<span class="quiet">({max(1, each.size // 1024)} kB)</span></li>\n'
        for each in link.files
    )
    return f"<h2>{shown(words.files)}</h2>\n<ul>\n{rows}</ul>\n"


def _here(link: LinkSeen) -> str:
    """The page's own last part of its address: what stands below it is named from there."""
    return shown(link.token)


def _form(words: MerchantWords, language: Language, name: str, typed: Typed, asked: str) -> str:
    answer = ANSWERS[name]
    is_typed = typed.answer == name
    said = typed.said if is_typed else ""
    head = words.part if name == PART else words.open[answer]
    button = words.part_button if name == PART else words.button[answer].replace("{amount}", asked)
    needs = " required" if answer in {A.DECLINE, A.ASK} else ""
    fields = f'<input type="hidden" name="answer" value="{name}">\n'
    if name == PART:
        hint = words.amount_hint.replace("{amount}", asked)
        fields += (
            f'<label>{shown(words.amount)}<input name="amount" inputmode="decimal" autocomplete="off" required '
            f'maxlength="40" value="{shown(typed.amount if is_typed else "")}"></label>\n'
            f'<p class="quiet">{shown(hint)}</p>\n'
        )
    fields += (
        f'<label>{shown(words.said[answer])}<textarea name="said" rows="3" maxlength="{LONGEST_ANSWER}"{needs}>\n'
        f"{shown(said)}</textarea></label>\n"
    )
    if answer is A.DECLINE:
        fields += _upload(words)
    look = ' class="refuse"' if answer is A.DECLINE else ""
    fields += f'<button type="submit"{look}>{shown(button)}</button>\n'
    form = _posting(language, fields, files=answer is A.DECLINE)
    return f"<details{' open' if is_typed else ''}>\n<summary>{shown(head)}</summary>\n{form}</details>\n"


def _posting(language: Language, fields: str, *, files: bool) -> str:
    kind = ' enctype="multipart/form-data"' if files else ""
    return f'<form method="post" action="?lang={language}" accept-charset="utf-8"{kind}>\n{fields}</form>\n'


def _upload(words: MerchantWords) -> str:
    return f'<label>{shown(words.upload)}<input type="file" name="files" multiple></label>\n'
