"""Pills: the tokens of Leanplum's dashboard that are no Jinja, such as `{{User ID}}`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

# A pill is a phrase of adjacent names, which Jinja has no use for, so it can stand anywhere in
# an expression. What stands here is the variable that carries its value.
PHRASES: dict[tuple[str, ...], str] = {("User", "ID"): "userId"}


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
        phrase = _phrase_at(tokens, place)
        if phrase:
            yield Token(tokens[place].lineno, "name", PHRASES[phrase])
        else:
            yield tokens[place]
        place += max(len(phrase), 1)


def _phrase_at(tokens: Sequence[Token], place: int) -> tuple[str, ...]:
    for phrase in PHRASES:
        found = tokens[place : place + len(phrase)]
        if all(token.type == "name" for token in found) and phrase == tuple(
            token.value for token in found
        ):
            return phrase
    return ()
