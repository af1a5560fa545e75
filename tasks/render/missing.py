"""Missing values: fine to test, rescued by `default`, never printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2 import Undefined, UndefinedError
from jinja2.exceptions import TemplateRuntimeError
from jinja2.utils import missing as not_found


class MissingValue(UndefinedError):
    """A template printed, or worked with, a value that the user lacks."""

    def __init__(self, variable: str = "") -> None:
        """Keep the variable as the template writes it, or '' where it has no name."""
        super().__init__(variable)
        self.variable = variable


class Missing(Undefined):
    """A value the user lacks: false in every test, equal to none, an error when printed."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = not_found,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = MissingValue,
    ) -> None:
        super().__init__(hint, obj, name, exc)

    @property
    def _undefined_message(self) -> str:
        """Name an unknown variable; a key that came from a user's value is not told."""
        known = self._undefined_obj is not_found and self._undefined_name
        return str(known) if known else ""

    @property
    def is_forbidden(self) -> bool:
        """Tell what the sandbox hides from what is not there."""
        return not issubclass(self._undefined_exception, UndefinedError)

    def __str__(self) -> str:
        self._fail_with_undefined_error()

    def __len__(self) -> int:
        self._fail_with_undefined_error()

    def __iter__(self) -> Iterator[Any]:
        self._fail_with_undefined_error()

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return is_null(other)

    def __ne__(self, other: object) -> bool:
        return not is_null(other)

    def __hash__(self) -> int:
        return hash(None)

    def __contains__(self, _: object) -> bool:
        return False

    def _is_false(self, _: object) -> bool:
        return False

    # As in Leanplum, where a comparison with null is false, not an error.
    __lt__ = __le__ = __gt__ = __ge__ = _is_false  # type: ignore[assignment] # Undefined's never return


class MissingAttribute(Missing):
    """A look-up that found nothing, its hint the look-up as the template writes it."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return str(self._undefined_hint)


def is_null(value: object) -> bool:
    """Tell whether a value is none or missing, which templates do not tell apart."""
    return value is None or isinstance(value, Undefined)


def default(value: Any, fallback: Any = "", boolean: bool = False) -> Any:
    """Return `fallback` for a null value and, with `boolean`, for every false one."""
    return fallback if is_null(value) or (boolean and not value) else value
