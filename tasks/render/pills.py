"""Pills: the tokens of Leanplum's dashboard that are no Jinja, such as `{{User ID}}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jinja2 import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.lexer import Lexer, Token, TokenStream

from blocks.mistake import nearest
from tasks.render.spots import Cursor
from tasks.render.variables import BUILT_IN


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a variable: `app`, `version` of appVersion."""
    return tuple(word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name))


# A pill is a phrase of adjacent names, which Jinja has no use for, so it can stand anywhere in
# an expression. What stands here is the variable that carries its value; case is no matter.
PHRASES: dict[tuple[str, ...], str] = {
    **{_words(name): name for name in BUILT_IN if not name.islower()},
    ("user", "id"): "userId",
    ("prior", "sessions"): "numPriorSessions",
    ("number", "of", "prior", "sessions"): "numPriorSessions",
    ("time", "zone"): "timezone",
}

# Phrases that quoted arguments follow: each becomes a look-up in a variable.
LOOK_UPS: dict[tuple[str, ...], tuple[str, int]] = {
    ("value",): ("value", 1),
    ("value", "of"): ("valueOf", 1),
    ("parameter",): ("parameter", 1),
    ("user", "attribute"): ("userAttribute", 1),
    ("recent", "occurrences"): ("recentOccurrencesOf", 2),
    ("occurrences",): ("occurrencesOf", 1),
    ("occurrences", "of"): ("occurrencesOf", 1),
    ("first", "occurrence"): ("firstOccurrenceOf", 1),
    ("first", "occurrence", "of"): ("firstOccurrenceOf", 1),
    ("last", "occurrence"): ("lastOccurrenceOf", 1),
    ("last", "occurrence", "of"): ("lastOccurrenceOf", 1),
}


class DoubleQuoted(str):
    """A string that a template writes in double quotes, as pills do."""

    __slots__ = ()


class PillLexer(Lexer):
    """Jinja's lexer, which also remembers the quotes of a string, and the columns of all."""

    def tokeniter(self, source: str, *rest: Any) -> Iterator[tuple[int, str, str]]:
        """Return what a template is made of; a line knows its column, also an error's."""
        cursor = Cursor(source)
        try:
            for line, kind, piece in super().tokeniter(source, *rest):
                yield cursor.past(line, piece), kind, piece
        except TemplateSyntaxError as error:
            error.lineno = cursor.on(error.lineno)
            raise

    def wrap(self, stream: Iterable[tuple[int, str, str]], *rest: Any) -> Iterator[Token]:
        """Return the tokens, those in double quotes marked."""
        raw = ""

        def watched() -> Iterator[tuple[int, str, str]]:
            nonlocal raw
            for each in stream:
                raw = each[2]
                yield each

        for token in super().wrap(watched(), *rest):
            if token.type == "string" and raw.startswith('"'):
                yield Token(token.lineno, token.type, DoubleQuoted(token.value))
            else:
                yield token


class Pills(Extension):
    """Rewrite pills in the tokens between `{{` and `}}`, before they are parsed.

    Text, JSON braces, raw blocks and comments are no such tokens, so they stay as they are.
    """

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Return the tokens with every pill rewritten."""
        inside: list[Token] = []
        for token in stream:
            if token.type == "variable_begin" or inside:
                inside.append(token)
            else:
                yield token
            if token.type == "variable_end":
                yield from rewrite(inside)
                inside = []
        yield from inside


def rewrite(tokens: Sequence[Token]) -> Iterator[Token]:
    """Return the tokens of one `{{ ... }}`, each phrase replaced by its variable."""
    place = 0
    while place < len(tokens):
        size, written = _pill_at(tokens, place)
        yield from written or [tokens[place]]
        place += max(size, 1)


def _pill_at(tokens: Sequence[Token], place: int) -> tuple[int, list[Token]]:
    """Return how many tokens a pill takes here (0: there is none), and what they become."""
    if place == 1 and _is_bare_text(tokens):
        return 1, _look_up("value", tokens[1:2])
    for phrase, (variable, count) in LOOK_UPS.items():
        end = place + len(phrase)
        arguments = tokens[end : end + count]
        if _says(tokens, place, phrase) and [one.type for one in arguments] == ["string"] * count:
            return len(phrase) + count, _look_up(variable, arguments)
    for phrase, variable in PHRASES.items():
        if _says(tokens, place, phrase):
            return len(phrase), [Token(tokens[place].lineno, "name", variable)]
    return 0, []


def _is_bare_text(tokens: Sequence[Token]) -> bool:
    """Tell whether a text in double quotes stands by itself, or with nothing but a default.

    `{{ "{{" }}` is Jinja's way to print braces: a name has a letter or a digit.
    """
    text = tokens[1].value
    if not isinstance(text, DoubleQuoted) or not any(map(str.isalnum, text)):
        return False
    after = [token.value for token in tokens[2:4]]
    return tokens[2].type == "variable_end" or after in (["|", "default"], ["|", "d"])


def _says(tokens: Sequence[Token], place: int, phrase: tuple[str, ...]) -> bool:
    found = tokens[place : place + len(phrase)]
    return all(token.type == "name" for token in found) and phrase == tuple(
        token.value.lower() for token in found
    )


def _look_up(variable: str, arguments: Sequence[Token]) -> list[Token]:
    line = arguments[0].lineno
    written = [Token(line, "name", variable)]
    for argument in arguments:
        written += [
            Token(line, "lbracket", "["),
            Token(line, "string", str(argument.value)),
            Token(line, "rbracket", "]"),
        ]
    return written


def pill_near(source: str, line: int) -> str:
    """Suggest the pill nearest to a phrase that is none, on a line that is no Jinja; or nothing."""
    lines = source.splitlines()
    phrases = re.findall(r"\{\{-?\s*([A-Z]\w*(?: \w+)+)", lines[min(line, len(lines)) - 1])
    known = {" ".join(words).capitalize() for words in (*PHRASES, *LOOK_UPS)}
    unknown = [one for one in phrases if one.capitalize() not in known]
    return nearest(unknown[0], known) if unknown else ""
