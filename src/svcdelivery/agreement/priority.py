"""Priorities: a ranked list of the agreement's own, and the matrix of impact and urgency that gives one."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import keeping_tuples

__all__ = ["MatrixCell", "PriorityScheme"]


@frozen
class MatrixCell:
    """The priority of one impact and one urgency."""

    impact: str
    urgency: str
    priority: str


@frozen(kw_only=True, field_transformer=keeping_tuples)
class PriorityScheme:
    """The agreement's priorities, most pressing first, and how impact and urgency give one.

    Raises:
        InvalidValueError: A priority named twice, or a cell that names an unknown one or stands twice.
    """

    ranked: tuple[str, ...]
    matrix: tuple[MatrixCell, ...] = ()

    def __attrs_post_init__(self) -> None:
        if len(set(self.ranked)) != len(self.ranked):
            raise InvalidValueError(what="a list of different priorities", value=", ".join(self.ranked), path="ranked")
        seen: set[tuple[str, str]] = set()
        for cell in self.matrix:
            self.require(cell.priority)
            if (cell.impact, cell.urgency) in seen:
                raise InvalidValueError(what="a new cell", value=f"{cell.impact} x {cell.urgency}", path="matrix")
            seen.add((cell.impact, cell.urgency))

    def require(self, priority: str) -> str:
        """Answer the priority when the agreement knows it.

        Raises:
            InvalidValueError: It does not; names are compared exactly.
        """
        if priority not in self.ranked:
            known = ", ".join(f"`{p}`" for p in self.ranked) or "none: the agreement has no priorities"
            raise InvalidValueError(what="a known priority", value=priority, path="priority", hint=f"one of {known}")
        return priority

    def of(self, impact: str, urgency: str) -> str:
        """Answer the priority of an impact and an urgency.

        Raises:
            InvalidValueError: The matrix has no such cell.
        """
        for cell in self.matrix:
            if cell.impact == impact and cell.urgency == urgency:
                return cell.priority
        raise InvalidValueError(what="a cell of the priority matrix", value=f"{impact} x {urgency}", path="priority")
