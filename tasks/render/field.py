"""One text of a message, parsed and checked once, written once a recipient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jinja2 import Template, TemplateAssertionError, TemplateSyntaxError, nodes
from jinja2.runtime import Context

from blocks.message_secrets import mask_query, names_a_credential
from blocks.mistake import Fault, nearest
from tasks.render.bounds import BUDGET, Budget, TooMuchWork
from tasks.render.built_in_names import undeclared
from tasks.render.environment import MessageEnvironment
from tasks.render.escaped import escaped
from tasks.render.escaping import Place
from tasks.render.functions import uncalled
from tasks.render.missing import MissingValue
from tasks.render.pills import pill_near
from tasks.render.placeholders import expand
from tasks.render.printing import CHANCES, WEBHOOK_ID
from tasks.render.request import MISSING, Suppressed
from tasks.render.spots import told as spot
from tasks.render.tags import SKIP, Skipped
from tasks.render.variables import BUILT_IN, OF_EVENTS, USER_ATTRIBUTE, Named, attributes

USER_ID = "userId"
LINKED_DATA = "linkedData"
VALUE = "value"
PARAMETER = "parameter"

_PER_USER = frozenset({USER_ATTRIBUTE, USER_ID, VALUE, PARAMETER, LINKED_DATA})
_NEEDS_OTHER_TEMPLATES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
# These write into the context of their template, so it is not shared with the next one.
_WRITES_CONTEXT = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Block)
_SHOWN_WIDTH = 80
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Language:
    """What every text of a message is compiled with."""

    environment: MessageEnvironment
    environ: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, Any]  # those that are the same for the whole run


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """A compiled text: `fixed` where no recipient changes it, else written for each of them.

    `opening` is the literal text before the first template.
    """

    name: str
    fixed: str | None
    opening: str
    named: Named
    template: Template | None
    is_alone: bool

    def write(self, context: Context) -> str | Suppressed:
        """Return the text for the recipient of this context, or why there is none."""
        if self.fixed is not None:
            return self.fixed
        assert self.template is not None
        if self.is_alone:
            context = self.template.new_context(context.parent, shared=True)
        try:
            return "".join(self.template.root_render_func(context))
        except MissingValue as error:
            return Suppressed.of(self.name, f"{error.variable or 'a value'}{MISSING}")
        except Skipped as error:
            return Suppressed(error.reason)
        except TooMuchWork:
            return Suppressed.of(self.name, "the template does too much or writes too much")
        # Whatever a template does wrong costs this recipient only. The error's own text may
        # quote a user's value or a secret, so only its kind is told.
        except Exception as error:
            return Suppressed.of(self.name, f"{type(error).__name__} in the template")


EMPTY = Text("", "", "", Named(), None, False)


class TextFaults(Exception):
    """A text of the message cannot be used as it was written."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


def compile_text(
    source: str,
    *,
    name: str,
    language: Language,
    literal: Callable[[str], str] = str,
    place: Place = "text",
) -> Text:
    """Compile one text; `literal` is applied to what is neither template nor `${NAME}`.

    `place` says how the values that it prints are escaped.

    Raises TextFaults.
    """
    try:
        return _compiled(_parse(source, name, language), name, language, literal, place)
    except RecursionError:
        raise TextFaults((_fault(name, "the template is nested too deeply"),)) from None
    except TemplateAssertionError as error:  # such as two blocks of one name
        raise TextFaults((_fault(name, f"{spot(error.lineno)}: {error.message}"),)) from None


def _compiled(
    template: nodes.Template,
    name: str,
    language: Language,
    literal: Callable[[str], str],
    place: Place,
) -> Text:
    _refuse(_faults(template, name, language))
    named = attributes(template)
    if place != "text":
        template = escaped(template, place)
    unset = expand(template, language.environ, literal=literal)
    _refuse(_fault(name, f"the environment variable {each} is not set") for each in unset)
    varies = _varies(template)
    text = Text(
        name=name,
        fixed=_literal(template),
        opening=_opening(template),
        named=named,
        template=_compile(template, name, language),
        is_alone=any(template.find(kind) for kind in _WRITES_CONTEXT),
    )
    return text if text.fixed is not None or varies else _fixed_for_the_run(text, language)


def _parse(source: str, name: str, language: Language) -> nodes.Template:
    try:
        return language.environment.parse(source)
    except TemplateSyntaxError as error:
        told = f"{spot(error.lineno)}: {error.message}, near {_around(source, error.lineno)}"
        if names_a_credential(name):
            raise TextFaults((_fault(name, "template syntax error"),)) from None
        raise TextFaults((_fault(name, told, pill_near(source, error.lineno)),)) from None


def _around(source: str, line: int) -> str:
    lines = source.splitlines()
    text = mask_query(lines[min(line, len(lines)) - 1].strip())
    start = max(text.find("{") - _SHOWN_WIDTH // 4, 0) if len(text) > _SHOWN_WIDTH else 0
    return repr(text[start : start + _SHOWN_WIDTH])


def _faults(template: nodes.Template, name: str, language: Language) -> Iterator[Fault]:
    environment = language.environment
    kinds = (
        (nodes.Filter, environment.filters, "filter"),
        (nodes.Test, environment.tests, "test"),
    )
    for kind, known, word in kinds:
        for node in template.find_all(kind):
            if node.name not in known:
                fault = f"{spot(node.lineno)}: there is no {word} '{node.name}'"
                yield _fault(name, fault, nearest(node.name, known))
                return  # jinja2 cannot look for variables beyond it
    for function in uncalled(template):
        fault = f"{spot(function.lineno)}: '{function.name}' is a function, so it is called"
        yield _fault(name, fault, f"write {function.name}(...)")
    for other in template.find_all(_NEEDS_OTHER_TEMPLATES):
        yield _fault(name, f"{spot(other.lineno)}: a message has no other templates to load")
    variables = {*_PER_USER, *language.variables}
    for unknown in sorted(undeclared(template, environment) - variables):
        hint = (
            f"it takes what is known beforehand, in quotes: {unknown}['Purchase']"
            if unknown in OF_EVENTS
            else nearest(unknown, variables | BUILT_IN)
            or f"an attribute is written userAttribute['{unknown}']"
        )
        yield _fault(name, f"there is no variable '{unknown}'", hint)


def _compile(template: nodes.Template, name: str, language: Language) -> Template:
    environment = language.environment
    try:
        code = environment.compile(template)
    except TemplateAssertionError:
        raise
    except Exception as error:
        # jinja2 leaves to Python what it does not check itself, such as a repeated keyword.
        fault = f"the template cannot be compiled ({type(error).__name__})"
        raise TextFaults((_fault(name, fault),)) from None
    return environment.template_class.from_code(environment, code, environment.globals)


def _literal(template: nodes.Template) -> str | None:
    parts = [part for output in template.body for part in getattr(output, "nodes", [output])]
    if all(isinstance(part, nodes.TemplateData) for part in parts):
        return "".join(part.data for part in parts)
    return None


def _opening(template: nodes.Template) -> str:
    first = template.body[0] if template.body else None
    parts = first.nodes if isinstance(first, nodes.Output) else []
    opening = parts[0] if parts else None
    return opening.data if isinstance(opening, nodes.TemplateData) else ""


def _varies(template: nodes.Template) -> bool:
    """Tell whether a user's value or the webhook's id has a part in a text."""
    names = {node.name for node in template.find_all(nodes.Name)}
    filters = {node.name for node in template.find_all(nodes.Filter)}
    # `map('random')` names a filter in a constant, so it may draw by chance, too.
    constants = {node.value for node in template.find_all(nodes.Const)}
    by_chance = {"random", "shuffle"} & (filters | constants)
    return not names.isdisjoint(_PER_USER) or bool(by_chance) or SKIP in filters


def _fixed_for_the_run(text: Text, language: Language) -> Text:
    written = text.write(new_context(language.environment, dict(language.variables)))
    if isinstance(written, Suppressed):
        raise TextFaults((fault_of(written),))
    return replace(text, fixed=written, template=None, is_alone=False)


def new_context(environment: MessageEnvironment, variables: dict[str, Any]) -> Context:
    """Return what a text is written with: the variables of one recipient, which are added to."""
    variables[BUDGET] = Budget()
    return environment.context_class(environment, variables, None, {})


def context_of(
    language: Language,
    *,
    user_id: str,
    attributes: Mapping[str, Any],
    webhook_id: str,
    values: Mapping[str, Any] = NOTHING,
    parameters: Mapping[str, Any] = NOTHING,
    linked: Mapping[str, Any] | None = None,
) -> Context:
    """Return the context of one recipient, for all texts of the message."""
    variables = {
        **language.variables,
        USER_ID: user_id,
        USER_ATTRIBUTE: attributes,
        VALUE: values,
        PARAMETER: parameters,
        LINKED_DATA: linked,
        WEBHOOK_ID: webhook_id,
        CHANCES: 0,
    }
    return new_context(language.environment, variables)


def fault_of(suppressed: Suppressed) -> Fault:
    """Return as the author's mistake what would suppress every recipient."""
    told = suppressed.reason.removeprefix(f"{suppressed.field}: ")
    return _fault(suppressed.field, f"{told}, for every recipient")


def field_of(name: str) -> str:
    """Return the campaign's field that a text stands in."""
    return name if name.startswith("linked_data.") else f"message.{name}"


def _fault(name: str, fault: str, hint: str = "") -> Fault:
    return Fault(field_of(name), fault, hint=hint)


def _refuse(faults: Iterator[Fault]) -> None:
    found = tuple(faults)
    if found:
        raise TextFaults(found)
