"""Compiling, checking and filling in templates, in a Liquid from which everything that loops or computes was taken out.

A template sees the values that it is given and nothing else: it has no loops, no assignments, no inclusion, no ranges
and a handful of filters, so its time and its output are bounded by its own length. Values are data: they are put in
once and are never read as a template. A variable without a value stays in the text as `{name}`, which the composer
finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from liquid import Environment, Token
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.context import RenderContext
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.filter import with_context
from liquid.template import BoundTemplate
from liquid.undefined import UNDEFINED, Undefined

from desk.rules.answer_variables import FILTERS, TAGS
from desk.templates.values import Moment, Money, Style, Value

LONGEST = 20_000
"""Characters of a template; the longest answer that ships has 1,400."""

LONGEST_FILLED = 60_000
"""Bytes of what a template may become."""

DEEPEST = 8
"""Conditions within conditions."""

_KEPT_TAGS = frozenset({*TAGS, "content", "output", "illegal", "doc"})
_STYLE = "\0style"
_NOTHING = object()


class TemplateError(Exception):
    """A template cannot be used; `line` is counted from 1, and the message says what would do."""

    def __init__(self, why: str, line: int = 1) -> None:
        self.why = why
        self.line = line
        super().__init__(f"line {line}: {why}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with its values put in; `missing` are the variables that stayed open, in order."""

    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template that may be filled in; `variables` are its names, each once, in order of appearance."""

    source: str
    variables: tuple[str, ...]
    _template: BoundTemplate

    def filled(self, values: Mapping[str, Value], style: Style) -> Filled:
        """The text with these values (`refund.amount` to its value), written for `style`.

        Raises `TemplateError` when values do not fit what the template asks of them.
        """
        data = _tree(values, style)
        data[_STYLE] = style
        try:
            text = self._template.render(**data)
        except LiquidError as error:
            raise _told(error) from error
        except (ArithmeticError, RecursionError, TypeError, ValueError) as error:
            raise TemplateError("cannot be filled in with these values; make it simpler") from error
        missing = [name for name in self.variables if name not in values and f"{{{name}}}" in text]
        return Filled(text, tuple(missing))


class _Open(Undefined):
    """A variable without a value: nothing in a condition, `{name}` in the text."""

    __slots__ = ()

    def __str__(self) -> str:
        return "{" + self.name + "}"


class _Shown:
    """A value as the engine may see it: text when it is put out, nothing to walk into."""

    __slots__ = ("_style", "value")

    def __init__(self, value: Money | Moment, style: Style) -> None:
        self.value = value
        self._style = style

    def __str__(self) -> str:
        return self.value.shown(self._style)

    def __liquid__(self) -> object:
        value = self.value
        return value.minor if isinstance(value, Money) else value.at.timestamp()


class _Context(RenderContext):
    """Looks values up by their whole name, so that one that is open is known by it."""

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """The value at a path, or an open variable."""
        found = super().get(path, token=token, default=_NOTHING)
        if found is not _NOTHING:
            return found
        return _Open(".".join(map(str, path)), token=token) if default is UNDEFINED else default


class _Template(BoundTemplate):
    """A template that looks values up by their whole names."""

    context_class = _Context


class _Blank:
    """What was left empty on purpose: nothing in a condition, nothing in the text."""

    __slots__ = ()

    def __str__(self) -> str:
        return ""

    def __liquid__(self) -> object:
        return None


_BLANK = _Blank()


class _Sandbox(Environment):
    """Liquid with conditions and output only."""

    block_nesting_limit = DEEPEST
    context_depth_limit = DEEPEST + 2
    loop_iteration_limit = 1
    local_namespace_limit = 1
    output_stream_limit = LONGEST_FILLED
    template_class = _Template

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002  (the library's signature)
        """Only what the registry of filters and tags names."""
        super().setup_tags_and_filters(extra=False)
        self.tags = {name: tag for name, tag in self.tags.items() if name in _KEPT_TAGS}
        kept = {name: self.filters[name] for name in ("upcase", "downcase", "capitalize", "strip")}
        self.filters = {name: _on_text(each) for name, each in kept.items()}
        self.filters |= {"money": _money, "date": _date, "time": _time, "datetime": _datetime, "default": _default}


def compiled(source: str) -> Compiled:
    """A template, ready to be filled in as often as one likes; kept for the next time. Raises `TemplateError`."""
    return _compiled(source)


@lru_cache(maxsize=2048)
def _compiled(source: str) -> Compiled:
    if len(source) > LONGEST:
        raise TemplateError(f"has {len(source):,} characters; {LONGEST:,} are the most")
    try:
        template = _sandbox().from_string(source)
    except LiquidError as error:
        raise _told(error) from error
    except RecursionError as error:
        raise TemplateError("is nested too deeply; make it simpler") from error
    names: dict[str, None] = {}
    for node in template.nodes:
        _walk(node, names)
    return Compiled(source, tuple(names), template)


def fill(source: str, values: Mapping[str, Value], style: Style) -> Filled:
    """A template filled in. Raises `TemplateError`."""
    return compiled(source).filled(values, style)


def literal(text: str) -> str:
    """Text as a template that says just that."""
    return re.sub(r"\{(?=[{%])", "{{ '{' }}", text)


@lru_cache(maxsize=1)
def _sandbox() -> _Sandbox:
    return _Sandbox(undefined=_Open, strict_filters=True)


def _walk(node: Node, names: dict[str, None]) -> None:
    for expression in node.expressions():
        _walk_expression(expression, names)
    for child in _children(node):
        _walk(child, names)


def _children(node: Node) -> Iterator[Node]:
    yield from node.children(cast("Any", None), include_partials=False)


def _walk_expression(expression: Expression, names: dict[str, None]) -> None:
    if isinstance(expression, RangeLiteral):
        raise TemplateError("has a range, which texts do not need; take it out", _line(expression.token))
    if isinstance(expression, FilteredExpression):
        for each in expression.filters or ():
            _check_filter(each)
    if isinstance(expression, Path):
        if any(not isinstance(part, str) for part in expression.path):
            raise TemplateError(f"{expression} is no variable; write {{{{ name }}}}", _line(expression.token))
        names[".".join(cast("list[str]", expression.path))] = None
    for child in expression.children():
        _walk_expression(child, names)


def _check_filter(used: Filter) -> None:
    """Raise `TemplateError` for a filter that there is not, or that is given what it does not take."""
    if used.name not in FILTERS:
        raise TemplateError(f"there is no filter {used.name!r}; there are {', '.join(FILTERS)}", _line(used.token))
    if len(used.args) > (1 if used.name == "default" else 0):
        raise TemplateError(f"the filter {used.name} takes nothing like that; write | {used.name}", _line(used.token))


def _tree(values: Mapping[str, Value], style: Style) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *groups, last = name.split(".")
        place = tree
        for group in groups:
            inner = place.get(group)
            if not isinstance(inner, dict):
                inner = place[group] = {}
            place = inner
        place[last] = _BLANK if value == "" else value if isinstance(value, str | bool) else _Shown(value, style)
    return tree


def _told(error: LiquidError) -> TemplateError:
    words = str(error).partition("\n")[0].strip()
    for text in re.findall(r", line \d+.*$| \(?on line \d+\)?.*$", words):
        words = words.removesuffix(text)
    if match := re.search(r"(?:unknown|unexpected) tag '?(\w+)", words):
        words = f"there is no tag {match[1]!r}; there are {', '.join(TAGS)}"
    return TemplateError(words, _line(error.token))


def _line(token: Any) -> int:
    if token is None:
        return 1
    start = max(getattr(token, "start_index", 0), 0)
    return str(token.source).count("\n", 0, start) + 1


def _on_text(plain: Any) -> Any:
    def filtered(value: object, *arguments: object) -> object:
        if isinstance(value, Undefined | _Blank):
            return value
        return plain(str(value), *arguments)

    return filtered


@with_context
def _money(value: object, *, context: Any) -> object:
    return _as(value, context, Money, "shown")


@with_context
def _date(value: object, *, context: Any) -> object:
    return _as(value, context, Moment, "date")


@with_context
def _time(value: object, *, context: Any) -> object:
    return _as(value, context, Moment, "time")


@with_context
def _datetime(value: object, *, context: Any) -> object:
    return _as(value, context, Moment, "datetime")


def _as(value: object, context: Any, kind: type, how: str) -> object:
    """A value written in one way; what an agent typed is written as it was typed."""
    if isinstance(value, _Shown) and isinstance(value.value, kind):
        return getattr(value.value, how)(context.globals[_STYLE])
    return value


def _default(value: object, otherwise: object = "") -> object:
    return otherwise if isinstance(value, Undefined | _Blank) or value in {"", None} else value
