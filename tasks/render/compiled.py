"""A compiled message: the request for one recipient after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from jinja2.runtime import Context

from blocks.mistake import Fault, nearest
from tasks.render.body import Pairs, check_json, encoded
from tasks.render.field import Language, Text, context_of, field_of
from tasks.render.headers import Headers, basic
from tasks.render.linked_sources import CompiledLinked
from tasks.render.locales import Locales, Variant
from tasks.render.request import Recipient, Request, Suppressed
from tasks.render.url import Origin, complete, normalise, with_query
from tasks.render.variables import Everything, Named, is_of_events, together

_NO_EVENTS = "it is counted if the campaign has an event table: events: {source: ...}"


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """The URL: the same for all recipients (`base`), or written for each, then its query."""

    text: Text
    base: str | None
    origin: Origin | None
    query: Pairs | None

    @property
    def host(self) -> str:
        """Return scheme and host, if they are the same for all recipients, or else ''."""
        if self.base is not None:
            return "/".join(self.base.split("/", 3)[:3])
        return self.origin.text if self.origin else ""

    def write(self, context: Context) -> str | Suppressed:
        """Return the URL of one recipient."""
        url = self.base or self._write_base(context)
        if self.query is None or isinstance(url, Suppressed):
            return url
        query = self.query.write(context)
        return query if isinstance(query, Suppressed) else with_query(url, query)

    def _write_base(self, context: Context) -> str | Suppressed:
        text = self.text.write(context)
        if isinstance(text, Suppressed):
            return text
        if self.origin is None:
            return normalise(text)
        return complete(self.origin.text, text[self.origin.length :])


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """The body: the same for all recipients (`whole`), or written for each."""

    whole: bytes | None
    part: Pairs | Text | None
    checks_json: bool

    @property
    def varies(self) -> bool:
        """Tell whether recipients have a part in it."""
        if isinstance(self.part, Pairs):
            return bool(self.part.varying)
        return self.part is not None and self.part.fixed is None

    def write(self, context: Context) -> bytes | Suppressed:
        """Return the body of one recipient, or the one of all that is not written yet."""
        if self.whole is not None:
            return self.whole
        assert self.part is not None  # there is one, or nothing would be the whole
        text = self.part.write(context)
        if isinstance(text, Suppressed):
            return text
        fault = check_json(text, is_whole=not self.varies) if self.checks_json else None
        return fault or encoded(text, name="data" if isinstance(self.part, Pairs) else "body")


@dataclass(frozen=True, slots=True, repr=False)
class CompiledMessage:
    """A message ready to be rendered: it does no I/O and repeats itself exactly."""

    method: str
    texts: tuple[Text, ...]
    language: Language
    address: Address
    headers: Headers
    content: Content
    credentials: Text | None
    authorization: str | None
    linked: CompiledLinked | None = None  # None where no text names linked data
    locales: Locales | None = None  # None where it is the same in all languages

    def __repr__(self) -> str:
        """Tell the method only: the texts may hold secrets."""
        return f"CompiledMessage({self.method})"

    @property
    def attributes(self) -> frozenset[str] | Everything:
        """Return the columns that the message reads, or EVERYTHING."""
        return self._named().attributes

    @property
    def guarded(self) -> frozenset[str]:
        """Return the named attributes that may be missing wherever they are named."""
        return self._named().guarded

    @property
    def one_host(self) -> bool:
        """Tell whether every recipient's request goes to the same host."""
        return self.fixed_host and len({one.host for one in self._addresses()}) == 1

    @property
    def fixed_host(self) -> bool:
        """Tell whether no recipient has a part in the host, whatever the language."""
        return all(one.host for one in self._addresses())

    def faults_against(self, columns: Collection[str]) -> tuple[Fault, ...]:
        """Return the author's mistakes: attributes that must be there and are no columns."""
        return (*self._no_locale(columns), *self._absent(columns, guarded=False))

    def warnings_against(self, columns: Collection[str]) -> tuple[Fault, ...]:
        """Return what may be a mistake: attributes with a fallback that are no columns."""
        return tuple(self._absent(columns, guarded=True))

    def render(self, recipient: Recipient) -> Request | Suppressed:
        """Return the request owed to a recipient, or the reason why there is none."""
        if self.locales is not None and (variant := self.locales.chosen(recipient.attributes)):
            return variant.render(recipient)
        context = context_of(
            self.language,
            user_id=recipient.user_id,
            attributes=recipient.attributes,
            webhook_id=recipient.webhook_id,
            values=recipient.values,
            parameters=recipient.parameters,
            linked=recipient.linked,
        )
        url = self.address.write(context)
        if isinstance(url, Suppressed):
            return url
        headers = self.headers.write(context, webhook_id=recipient.webhook_id)
        if isinstance(headers, Suppressed):
            return headers
        body = self.content.write(context)
        if isinstance(body, Suppressed):
            return body
        if self.credentials is None:
            return Request(self.method, url, headers, body, self.authorization)
        credentials = self.credentials.write(context)
        authorization = credentials if isinstance(credentials, Suppressed) else basic(credentials)
        if isinstance(authorization, Suppressed):
            return authorization
        return Request(self.method, url, headers, body, authorization)

    def _no_locale(self, columns: Collection[str]) -> Iterator[Fault]:
        if self.locales and not set(self.locales.columns).intersection(columns):
            names = " or ".join(f"'{name}'" for name in self.locales.columns)
            fault = f"the user table has no column {names} to choose by"
            hint = "name it under users: properties: {locale: ...}"
            yield Fault("message.locales", fault, hint=hint)

    def _addresses(self) -> list[Address]:
        return [self.address, *(one.message.address for one in self._variants())]

    def _variants(self) -> Collection[Variant]:
        return self.locales.variants.values() if self.locales else ()

    def _named(self) -> Named:
        columns = frozenset(self.locales.columns if self.locales else ())
        return together([*(text.named for text in self.texts), Named(columns, columns)])

    def _absent(self, columns: Collection[str], *, guarded: bool) -> Iterator[Fault]:
        guarded_everywhere = self.guarded
        for text in self.texts:
            for name in sorted(text.named.names.difference(columns)):
                if (name in guarded_everywhere) is guarded:
                    fault = f"'{name}' is not a column of the user table"
                    hint = _NO_EVENTS if is_of_events(name) else nearest(name, columns)
                    yield Fault(field_of(text.name), fault, hint=hint)


def localized(
    base: CompiledMessage, columns: tuple[str, ...], variants: Mapping[str, Variant]
) -> CompiledMessage:
    """Return a message with its variants, their own texts beside its texts."""
    texts = list(base.texts)
    for one in variants.values():
        for text in one.message.texts:
            if text.name in one.own:
                texts.append(replace(text, name=f"locales.{one.tag}.{text.name}"))
            elif text.name.startswith("linked_data."):
                texts.append(text)
    linked = [one.linked for one in (base, *(each.message for each in variants.values()))]
    return replace(
        base,
        texts=tuple(texts),
        linked=next((one for one in linked if one), None),
        locales=Locales(columns, variants),
    )
