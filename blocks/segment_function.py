"""A Python function that selects users: `module:function` in a file, or the function itself."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from blocks.mistake import AuthorMistake, nearest

Callee = str | Callable[..., Any]
FIELD = "segment.function"


def function_name(callee: Callee) -> str:
    """Return the `module:function` of a function."""
    if isinstance(callee, str):
        return callee
    return f"{getattr(callee, '__module__', '')}:{getattr(callee, '__qualname__', callee)}"


def load_function(callee: Callee) -> Callable[..., Any]:
    """Return the function of `module:function`, or of `path/file.py:function`.

    Raises AuthorMistake when there is none. It is the author's own code, and runs with the rights
    of whoever sends.
    """
    if not isinstance(callee, str):
        return callee
    name, _, attribute = callee.rpartition(":")
    module = _module_in(Path(name)) if name.endswith(".py") else _module(name)
    found = getattr(module, attribute, None)
    if not callable(found):
        raise AuthorMistake.of(
            FIELD, f"'{name}' has no function '{attribute}'", hint=nearest(attribute, vars(module))
        )
    return found  # type: ignore[no-any-return]  # callable() does not tell what it returns


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except Exception as error:  # whatever the module raises when it is imported
        raise AuthorMistake.of(FIELD, f"the module '{name}' cannot be imported: {error}") from error


def _module_in(path: Path) -> Any:
    if not path.is_file():
        raise AuthorMistake.of(FIELD, f"there is no file '{path}'")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None, "a .py file always has one"
    assert spec.loader is not None, "the same"
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the file raises when it is run
        raise AuthorMistake.of(FIELD, f"'{path}' cannot be imported: {error}") from error
    return module
