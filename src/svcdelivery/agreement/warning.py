"""How a second look tells what it found."""

from __future__ import annotations

from svcdelivery.documents import Code, path_text
from svcdelivery.errors import Problem

__all__ = ["warning"]


def warning(code: Code, steps: tuple[str | int, ...], message: str, hint: str) -> Problem:
    """Answer a warning about the part of the agreement document at those steps."""
    return Problem(code=code.value, path=path_text(steps), message=message, hint=hint)
