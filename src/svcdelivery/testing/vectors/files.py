"""Files of vectors: found, read, and told apart by their shape."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from svcdelivery.errors import UnusableInputError
from svcdelivery.testing.vectors.vector import Vector

__all__ = ["find_files", "read_vectors"]

_EXPECTED_PARTS = frozenset({"elapsed_hours", "first_shift", "observations", "state_after"})
_SIZE_MOST = 64_000_000
_SHAPES = "a list of vectors, or a mapping with `format` and `cases`"


def find_files(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Answer the files named, and every `.json` file in and below the folders named, each once, folders in order.

    Raises:
        UnusableInputError: No such file, or a folder without vectors.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if not path.is_dir():
            found[path] = None
            continue
        inside = sorted(file for file in path.rglob("*.json") if file.is_file())
        if not inside:
            raise UnusableInputError(source=str(given), problem="the folder has no vectors", hint="`.json` files")
        found.update(dict.fromkeys(inside))
    return list(found)


def read_vectors(path: Path) -> list[Vector]:
    """Answer the vectors of one file.

    Raises:
        UnusableInputError: Not a readable file, not JSON, or of no known shape.
    """
    source = str(path)
    data = _read_json(path, source)
    if isinstance(data, list):
        return [_vector(source, index, item) for index, item in enumerate(data)]
    if isinstance(data, dict) and isinstance(data.get("format"), str) and isinstance(data.get("cases"), list):
        return list(_cases(source, data))
    raise UnusableInputError(source=source, problem="it is no file of vectors", hint=_SHAPES)


def _read_json(path: Path, source: str) -> Any:
    try:
        # Asked before opening: to open a FIFO waits for a writer.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnusableInputError(source=source, problem="it is no regular file")
        if status.st_size > _SIZE_MOST:
            raise UnusableInputError(source=source, problem=f"it is larger than {_SIZE_MOST} bytes")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise UnusableInputError(source=source, problem="there is no such file") from error
    except OSError as error:
        raise UnusableInputError(source=source, problem=f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnusableInputError(source=source, problem="it is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno} column {error.colno}: no JSON: {error.msg}"
        raise UnusableInputError(source=source, problem=problem) from error
    except RecursionError as error:
        raise UnusableInputError(source=source, problem="it is nested too deeply") from error


def _vector(source: str, index: int, item: Any) -> Vector:
    where = f"vector {index + 1}"
    if not isinstance(item, dict):
        raise UnusableInputError(source=source, problem=f"{where} is no mapping", hint=_SHAPES)
    for name, kind in (("id", str), ("operation", str), ("calendar", dict), ("input", dict), ("expected", dict)):
        if not isinstance(item.get(name), kind):
            problem = f"{where} has no `{name}`" if name not in item else f"`{name}` of {where} is of another kind"
            raise UnusableInputError(source=source, problem=problem)
    if not item["expected"]:
        raise UnusableInputError(source=source, problem=f"{where} expects nothing")
    boundary = item.get("boundary", "close")
    if boundary not in ("close", "next_open"):
        raise UnusableInputError(source=source, problem=f"`boundary` of {where} is neither `close` nor `next_open`")
    return Vector(
        file=source,
        id=item["id"],
        operation=item["operation"],
        calendar=item["calendar"],
        input=item["input"],
        expected=item["expected"],
        boundary=boundary,
        quirk=str(item["quirk"]) if "quirk" in item else "",
        semantic_expected=_mapping(item.get("semantic_expected")),
        alternative=_mapping(item.get("alternative")),
    )


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def _cases(source: str, data: dict[str, Any]) -> Iterator[Vector]:
    """Answer the cases of a file with a format; each is handed on whole, with what the cases share as its calendar."""
    shared = {name: value for name, value in data.items() if name != "cases"}
    for index, case in enumerate(data["cases"]):
        if not isinstance(case, dict):
            raise UnusableInputError(source=source, problem=f"case {index + 1} is no mapping")
        id = str(case.get("id") or case.get("name") or f"case {index + 1}")
        yield Vector(
            file=source,
            id=id,
            operation=data["format"],
            calendar=shared,
            input=case,
            expected=_expected(case),
        )


def _expected(case: dict[str, Any]) -> dict[str, Any]:
    """Answer all that a case says must come out; a lone value goes by the name `answer`."""
    parts = {name: value for name, value in case.items() if name.startswith("expected_") or name in _EXPECTED_PARTS}
    if "expect" not in case and "expected" not in case:
        return parts or {"answer": None}
    told = case.get("expect", case.get("expected"))
    return {**(told if isinstance(told, dict) else {"answer": told}), **parts}
