"""The frame of every page: a head, a style sheet of our own, links to the other languages; all text is escaped."""

from __future__ import annotations

from html import escape

from db.kinds import Language
from desk.rules.shown import block
from desk.web.languages import NAMES, OFFERED

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --ground: #fbfaf7; --quiet: #5a6370; --rule: #cfccc4;
  --bad: #b3261e; --soon: #8a5a00; --good: #2f6b16 }
@media (prefers-color-scheme: dark) { :root { --ink: #c9d1d9; --ground: #14171c; --quiet: #9aa4b1; --rule: #333a44;
  --bad: #ff7a6e; --soon: #e0b060; --good: #8fb573 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 42rem; padding: 1rem; color: var(--ink); background: var(--ground);
  font: 1.0625rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.375rem; margin: .5rem 0 1rem } h2 { font-size: 1.125rem; margin: 0 }
article { border-top: 1px solid var(--rule); padding: 1rem 0 }
.state { font-weight: 600 } .bad { color: var(--bad) } .soon { color: var(--soon) } .good { color: var(--good) }
.quiet, footer, nav { color: var(--quiet) } footer { border-top: 1px solid var(--rule); padding: 1rem 0;
  font-size: .9375rem }
nav a, nav b { display: inline-block; padding: .6rem .8rem .6rem 0; min-height: 2.75rem } a { color: inherit }
p { margin: .5rem 0; white-space: pre-line }
dl { display: grid; grid-template-columns: minmax(7rem, 2fr) 3fr; gap: .25rem .75rem; margin: 1rem 0 }
dt { color: var(--quiet) } dd { margin: 0; font-weight: 600 }
details { border-top: 1px solid var(--rule) } details:last-of-type { border-bottom: 1px solid var(--rule) }
summary { padding: .75rem 0; min-height: 2.75rem; font-weight: 600; cursor: pointer }
form { padding: 0 0 1rem } label { display: block; margin: .5rem 0 }
input, textarea { display: block; width: 100%; margin: .25rem 0; padding: .6rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--quiet); border-radius: .375rem }
button { width: 100%; min-height: 3rem; margin: .5rem 0; padding: .6rem; font: inherit; font-weight: 600;
  color: #fff; background: #2f6b16; border: 0; border-radius: .375rem; cursor: pointer }
button.refuse { background: #b3261e }
.steps { list-style: none; margin: 1rem 0; padding: 0 } .steps li { padding: .35rem 0; color: var(--quiet) }
.steps span { display: inline-block; width: 1.75rem; text-align: center } .steps .done { color: var(--good) }
.steps .now { color: var(--ink); font-weight: 700 }
"""


SECRET_HEADERS = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
"""Of pages whose address is a secret; that no other page learns it, `guarding` sees to."""


def shown(text: str) -> str:
    """Anybody's text as HTML: nothing in it is markup, and what would turn the reading order is made visible."""
    return escape(block(text))


def page(title: str, language: Language, body: str, *, foot: str = "", is_secret: bool = False) -> str:
    """A whole document. `title` and `foot` are plain text, `body` is HTML in which all text has been escaped.

    `is_secret` is for what only who has its address may read: no search engine lists it.
    """
    robots = '<meta name="robots" content="noindex, nofollow">\n' if is_secret else ""
    links = " ".join(
        f'<b lang="{each}" aria-current="true">{NAMES[each]}</b>'
        if each is language
        else f'<a href="?lang={each}" hreflang="{each}" lang="{each}">{NAMES[each]}</a>'
        for each in OFFERED
    )
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'{robots}<title>{shown(title)}</title>\n<link rel="stylesheet" href="/style.css">\n</head>\n<body>\n'
        f"<nav>{links}</nav>\n<main>\n<h1>{shown(title)}</h1>\n{body}</main>\n"
        f"<footer>{shown(foot)}</footer>\n</body>\n</html>\n"
    )
