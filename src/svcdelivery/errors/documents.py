"""Documents and files that cannot be used, and what is missing to read them."""

from __future__ import annotations

from typing import ClassVar

from attrs import define, frozen

from svcdelivery.errors.base import ServiceDeliveryError, quoted

__all__ = ["DocumentError", "ExtraMissingError", "Problem", "UnusableInputError"]


@frozen(kw_only=True)
class Problem:
    """One mistake or warning in a document, with its place."""

    code: str
    path: str
    message: str
    hint: str = ""
    source: str = ""
    line: int | None = None
    column: int | None = None

    @property
    def is_warning(self) -> bool:
        """Whether the document can be used all the same."""
        return self.code.startswith("SVC-W")

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part not in ("", None))
        head = f"{place}: " if place else ""
        where = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{head}{self.code} {where}{self.message}{hint}"


@define(kw_only=True, slots=False)
class DocumentError(ServiceDeliveryError, ValueError):
    """A document with mistakes: all of them at once, in the order of their places."""

    code: ClassVar[str] = "SVC-E200"

    problems: tuple[Problem, ...]

    @property
    def message(self) -> str:
        """Every problem, a line each."""
        return "\n".join(str(problem) for problem in self.problems)


@define(kw_only=True, slots=False)
class UnusableInputError(ServiceDeliveryError, ValueError):
    """A file or stream that cannot be read as what it is said to be."""

    code: ClassVar[str] = "SVC-E201"

    source: str
    problem: str

    @property
    def message(self) -> str:
        """Which input and why."""
        return f"{quoted(self.source)}: {self.problem}"


@define(kw_only=True, slots=False)
class ExtraMissingError(ServiceDeliveryError):
    """A feature whose optional dependency is not installed."""

    code: ClassVar[str] = "SVC-E202"

    extra: str
    feature: str

    @property
    def message(self) -> str:
        """Which extra to install."""
        return f"{self.feature} needs the extra `{self.extra}`: pip install 'svcdelivery[{self.extra}]'"
