"""What a law is: a sentence, and a way to look for a case in which it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from inspect import signature
from typing import Any, Protocol, TypeVar

from attrs import field, frozen
from hypothesis import strategies as st

from svcdelivery.timeline import format_instant, to_instant

__all__ = ["Draw", "Law", "LawBrokenError", "holds", "law", "shown"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., None])


class Draw(Protocol):
    """Draws a value of a case and keeps it under a label for the report."""

    def __call__(self, strategy: st.SearchStrategy[T], label: str) -> T:
        """Answer the value drawn."""
        ...


class LawBrokenError(AssertionError):
    """A case in which a law does not hold; the text says what was found and what the law asks for."""


@frozen(kw_only=True)
class Law:
    """One law.

    Attributes:
        name: A sentence with underscores; its test is called so.
        promise: The same, in a sentence or two.
        needs: What has to be asked of the subject; a law is left out for one that cannot be asked.
        check: Draws cases of a subject and raises `LawBrokenError` where the law does not hold.
    """

    name: str
    promise: str
    needs: tuple[str, ...] = ()
    check: Callable[[Any, Draw], None] = field(repr=False)

    def can_be_asked_of(self, subject: Any) -> bool:
        """Answer whether the subject has all that is needed."""
        return all(hasattr(subject, name) for name in self.needs)


def law(laws: list[Law], *needs: str) -> Callable[[F], F]:
    """Put a function among the laws: its name is the law's, its docstring the promise.

    It takes the subject, and where it looks for cases of its own something to draw them with.
    """

    def made(check: F) -> F:
        draws = len(signature(check).parameters) > 1
        asked = check if draws else lambda subject, _draw: check(subject)
        laws.append(Law(name=check.__name__, promise=check.__doc__ or "", needs=needs, check=asked))
        return check

    return made


def holds(kept: bool, *found: object) -> None:
    """Complain of what was found unless it keeps the law."""
    __tracebackhide__ = True
    if not kept:
        raise LawBrokenError(" ".join(shown(part) for part in found))


def shown(value: object) -> str:
    """Answer a value as messages show it: instants in UTC, the rest as texts."""
    if isinstance(value, datetime):
        return format_instant(to_instant(value))
    return str(value)
