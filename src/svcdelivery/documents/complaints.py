"""What is wrong with a document: every problem with its place, told all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from svcdelivery.documents.codes import Code
from svcdelivery.documents.tree import Document, Step, Steps
from svcdelivery.errors import DocumentError, Problem, ServiceDeliveryError, WrongTypeError, quoted

__all__ = ["Complaints"]

_SHOWN_MOST = 20
_COMPARED_MOST = 100
_PATH_PART = re.compile(r"\[(\d+)\]|[^.\[\]]+")


class Complaints:
    """Collects the problems of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._problems: list[tuple[tuple[int, int], Problem]] = []
        self._dirty: set[Steps] = set()
        self._compared = 0
        for problem in document.problems:
            self._problems.append(((problem.line or 0, problem.column or 0), problem))
        for steps in document.broken:
            self._soil(steps)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found so far, in the order of the document."""
        return tuple(problem for _, problem in sorted(self._problems, key=lambda entry: entry[0]))

    def finish(self) -> None:
        """Raise what was found.

        Raises:
            DocumentError: There are problems; all of them, in the order of the document.
        """
        if self._problems:
            raise DocumentError(problems=self.problems)

    def report(self, code: Code, steps: Steps, message: str, hint: str = "", *, at_key: bool = False) -> None:
        """Note a problem of the value at those steps."""
        problem = self.document.problem(code, steps, message, hint, at_key=at_key)
        place = (problem.line, problem.column or 0) if problem.line is not None else (0, self.document.order(steps))
        self._problems.append((place, problem))
        self._soil(steps)

    def report_error(self, steps: Steps, error: ServiceDeliveryError) -> None:
        """Note a refused value as a problem of the value at those steps, or of the part of it the error names."""
        for part in _PATH_PART.finditer(error.path):
            step: Step = int(part[1]) if part[1] else part[0]
            if not self.document.holds((*steps, step)):
                break
            steps = (*steps, step)
        code = Code.WRONG_TYPE if isinstance(error, WrongTypeError) else Code.INVALID_VALUE
        self.report(code, steps, error.message, error.hint)

    def is_clean(self, steps: Steps) -> bool:
        """Answer whether no problem was found in the value at those steps."""
        return steps not in self._dirty

    def suggestion(self, given: str, known: Iterable[str], *, listed: Iterable[str] = ()) -> str:
        """Answer `did you mean ...?` for the nearest known name, else the list of them, or of those in `listed`."""
        names = list(known)
        self._compared += 1
        # Comparing costs time; a document with very many mistakes is told the list instead.
        if self._compared <= _COMPARED_MOST and len(given) <= 80:
            folded = {name.casefold(): name for name in reversed(names)}
            near = get_close_matches(given.casefold(), folded, n=1, cutoff=0.6)
            if near:
                return f"did you mean {quoted(folded[near[0]])}?"
        names = list(listed) or names
        shown = ", ".join(quoted(name) for name in names[:_SHOWN_MOST]) + (", …" if len(names) > _SHOWN_MOST else "")
        return f"known: {shown}" if shown else "none are defined"

    def _soil(self, steps: Steps) -> None:
        for length in range(len(steps) + 1):
            self._dirty.add(steps[:length])
