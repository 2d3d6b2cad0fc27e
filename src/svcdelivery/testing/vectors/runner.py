"""The runner: every vector asked of the library, and its answer compared."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError
from svcdelivery.testing.vectors.files import find_files, read_vectors
from svcdelivery.testing.vectors.operations import OPERATIONS
from svcdelivery.testing.vectors.report import Checked, Outcome, VectorReport
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector, instant

__all__ = ["run_vectors"]

# Said in an expected answer for people who read it; no operation answers it.
_FOR_READERS = frozenset({"equivalent_calendar"})
_BOUNDARIES: tuple[Boundary, ...] = ("close", "next_open")


def run_vectors(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    operations: Mapping[str, Operation] = OPERATIONS,
    progress: Callable[[int, int], None] | None = None,
) -> VectorReport:
    """Answer what becomes of every vector in the files and folders.

    Every file is read before the first vector is asked, so that a broken one stops the run at once.

    Args:
        paths: Files and folders; a folder is walked for `.json` files.
        operations: What can be asked, by name; what is not there is skipped.
        progress: Called after each vector with how many are done, and of how many.

    Raises:
        UnusableInputError: A path that is no file of vectors, or a folder without any.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not given:
        raise InvalidValueError(what="a list of files and folders", value="", problem="it is empty")
    vectors = [vector for file in find_files(given) for vector in read_vectors(file)]
    checked = []
    for done, vector in enumerate(vectors, 1):
        checked.append(_check(vector, operations.get(vector.operation)))
        if progress is not None:
            progress(done, len(vectors))
    return _report(checked)


def _report(checked: list[Checked]) -> VectorReport:
    by_outcome = Counter(each.outcome for each in checked)
    skipped = Counter(each.operation for each in checked if each.outcome is Outcome.SKIPPED)
    return VectorReport(
        passed=by_outcome[Outcome.PASSED],
        failures=tuple(each for each in checked if each.outcome is Outcome.FAILED),
        skipped=tuple(sorted(skipped.items())),
        quirks=tuple(each for each in checked if each.outcome is Outcome.QUIRK),
    )


def _check(vector: Vector, operation: Operation | None) -> Checked:
    expected = vector.semantic_expected if vector.quirk else vector.expected
    if operation is None or expected is None:
        outcome = Outcome.QUIRK if vector.quirk else Outcome.SKIPPED
        return _checked(vector, outcome, expected, None)
    got = _ask(vector, operation, vector.boundary, expected)
    agrees = _same(_told(expected), got)
    if agrees and vector.alternative is not None and not vector.quirk:
        expected, got = _other(vector, operation, expected, got)
        agrees = _same(_told(expected), got)
    outcome = Outcome.QUIRK if vector.quirk else Outcome.PASSED if agrees else Outcome.FAILED
    return _checked(vector, outcome, expected, got, agrees=agrees)


def _checked(
    vector: Vector, outcome: Outcome, expected: Mapping[str, Any] | None, got: Answer | None, *, agrees: bool = False
) -> Checked:
    return Checked(
        file=vector.file,
        id=vector.id,
        operation=vector.operation,
        outcome=outcome,
        expected=expected,
        got=got,
        agrees=agrees,
        quirk=vector.quirk,
    )


def _other(
    vector: Vector, operation: Operation, expected: Mapping[str, Any], got: Answer
) -> tuple[Mapping[str, Any], Answer]:
    """Answer what is expected and given under the other boundary, for a vector that tells both."""
    assert vector.alternative is not None
    own = vector.alternative.get(vector.boundary)
    for boundary in _BOUNDARIES:
        if boundary != vector.boundary and boundary in vector.alternative:
            swapped = {key: vector.alternative[boundary] for key, value in expected.items() if _same(value, own)}
            return swapped, _ask(vector, operation, boundary, swapped)
    return expected, got


def _ask(vector: Vector, operation: Operation, boundary: Boundary, expected: Mapping[str, Any]) -> Answer:
    """Answer the part of the library's answer that is asked for; a refusal of the library is an answer too."""
    try:
        answer = operation(vector, boundary)
    except ServiceDeliveryError as error:
        return {"error": True} if "error" in expected else {"error": True, "why": str(error)}
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        # The vector does not have the shape its operation asks for.
        return {"unusable": f"{type(error).__name__}: {error}"}
    return {key: answer[key] for key in _told(expected) if key in answer}


def _told(expected: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in expected.items() if key not in _FOR_READERS}


def _same(expected: Any, got: Any) -> bool:
    """Answer whether two values are exactly equal; two texts of one instant are, true and 1 are not."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(_same(expected[key], got[key]) for key in expected)
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(_same, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return bool(expected == got) or _same_instant(expected, got)


def _same_instant(expected: Any, got: Any) -> bool:
    if not (isinstance(expected, str) and isinstance(got, str)):
        return False
    try:
        return instant(expected) == instant(got)
    except ServiceDeliveryError:
        return False
