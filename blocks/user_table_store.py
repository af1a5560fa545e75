"""Where files of user tables are: on this machine, or in an object store that fsspec knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.fs as arrow_fs

from blocks.mistake import AuthorMistake
from blocks.user_table_source import FIELD, is_stored, masked


def opened(source: str) -> tuple[Any, str]:
    """Return Arrow's file system and the path in it of a file or a folder that is there."""
    if not is_stored(source):
        filesystem, path = arrow_fs.LocalFileSystem(), source
    else:
        store, path = _store(source)
        filesystem = arrow_fs.PyFileSystem(arrow_fs.FSSpecHandler(store))
    try:
        found = filesystem.get_file_info(path).type
    except Exception as error:  # each store raises errors of its own
        raise _unreadable(source, error) from None
    if found == arrow_fs.FileType.NotFound:
        raise AuthorMistake.of(FIELD, f"there is no file {masked(source)}")
    return filesystem, path


@contextmanager
def fetched(source: str) -> Iterator[str]:
    """Copy a file of a store to this machine for as long as it is read; mistakes name the source.

    A CSV file is read several times, to find the types of its columns.
    """
    store, path = _store(source)
    with TemporaryDirectory(prefix="hookline-") as folder:
        copy = str(Path(folder) / path.rstrip("/").rpartition("/")[2])
        try:
            store.get_file(path, copy)
        except FileNotFoundError:
            raise AuthorMistake.of(FIELD, f"there is no file {masked(source)}") from None
        except Exception as error:  # each store raises errors of its own
            raise _unreadable(source, error) from None
        try:
            yield copy
        except AuthorMistake as mistake:
            raise AuthorMistake(
                replace(one, fault=one.fault.replace(copy, masked(source)))
                for one in mistake.faults
            ) from None


def _store(source: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    try:
        store, path = url_to_fs(source)
    except ImportError as error:  # it says which package opens this store
        raise AuthorMistake.of(FIELD, f"{masked(source)} cannot be opened: {error}") from None
    except Exception as error:  # each store raises errors of its own
        raise _unreadable(source, error) from None
    return store, str(path)


def _unreadable(source: str, error: Exception) -> AuthorMistake:
    told = (str(error) or type(error).__name__).splitlines()[0]
    return AuthorMistake.of(FIELD, f"{masked(source)} cannot be read: {told}")
