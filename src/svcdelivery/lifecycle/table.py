"""The table of a lifecycle, which commands and replay ask: every move, found by status and action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from svcdelivery.errors import IntegrityError, InvalidValueError, TransitionRefusedError

__all__ = ["Guard", "LifecycleTable", "Move", "Phase", "Recorded", "Status"]

S = TypeVar("S", bound=Enum)


class Status(Enum):
    """The base of every enum of statuses.

    Members are single, so they hash by identity, which replay does for every fact; an Enum's own hash is made of its
    name, in Python.
    """

    __hash__ = object.__hash__


class Phase(Enum):
    """What a status means to clocks and reports, whatever a chart calls it.

    Attributes:
        is_open: Whether work remains to be done.
    """

    NEW = "new"
    ACTIVE = "active"
    HELD = "held"
    DONE = "done"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    is_open: bool

    __hash__ = object.__hash__

    def __init__(self, value: str) -> None:
        # Read for every fact that is replayed: kept, not computed.
        self.is_open = value in {"new", "active", "held"}


@frozen
class Guard:
    """A named condition and the answer it must give."""

    name: str
    expected: bool


@frozen
class Move(Generic[S]):
    """One allowed change of status."""

    action: str
    source: S
    target: S
    guards: tuple[Guard, ...] = ()


class Recorded(Protocol):
    """A fact, as far as complaints about it go."""

    @property
    def stream(self) -> str:
        """The history it belongs to."""
        ...

    @property
    def position(self) -> int:
        """Its number in the journal."""
        ...


class LifecycleTable(Generic[S]):
    """Every move of a lifecycle, found by status and action; guards are called by name."""

    __slots__ = (
        "_by_action", "_by_value", "actions", "guard_names", "initial", "moves", "name", "phases", "recorded",
        "statuses",
    )  # fmt: skip

    def __init__(self, name: str, initial: S, phases: Mapping[S, Phase], moves: tuple[Move[S], ...]) -> None:
        self.name = name
        self.initial = initial
        self.moves = moves
        self.statuses: tuple[S, ...] = tuple(phases)
        self.actions = tuple(dict.fromkeys(move.action for move in moves))
        self.guard_names = tuple(dict.fromkeys(guard.name for move in moves for guard in move.guards))
        self.phases: Mapping[S, Phase] = dict(phases)
        self._by_value = {status.value: status for status in phases}
        by_action: dict[tuple[S, str], list[Move[S]]] = {}
        for move in moves:
            by_action.setdefault((move.source, move.action), []).append(move)
        self._by_action = {key: tuple(found) for key, found in by_action.items()}
        # Where an action on record led: what happened did happen, and its guards were judged before.
        self.recorded = {
            (status, action): self.target(status, action, lambda _: True) or found[0].target
            for (status, action), found in self._by_action.items()
        }

    def status(self, value: str) -> S:
        """Answer the status of that value.

        Raises:
            InvalidValueError: The lifecycle has none.
        """
        try:
            return self._by_value[value]
        except KeyError:
            known = ", ".join(f"`{v}`" for v in self._by_value)
            raise InvalidValueError(what="a known status", value=value, path="status", hint=f"one of {known}") from None

    def phase(self, status: S) -> Phase:
        """Answer what the status means to clocks."""
        return self.phases[status]

    def target(self, status: S, action: str, holds: Callable[[str], bool] | None = None) -> S | None:
        """Answer the status the action leads to, None when it is not allowed.

        Args:
            holds: Answers a guard by name. Asked in declared order, and only where a move names guards.
        """
        for move in self._by_action.get((status, action), ()):
            if not move.guards:
                return move.target
            if holds is not None and all(holds(guard.name) is guard.expected for guard in move.guards):
                return move.target
        return None

    def result(self, action: str) -> S | None:
        """Answer the one status the action ever leads to; None where it leads to several or leaves the status alone."""
        targets = {move.target for move in self.moves if move.action == action and move.target is not move.source}
        return targets.pop() if len(targets) == 1 else None

    def possible(self, status: S, holds: Callable[[str], bool] | None = None) -> tuple[str, ...]:
        """Answer the actions that are allowed now, in declared order."""
        return tuple(action for action in self.actions if self.target(status, action, holds) is not None)

    def require(self, subject: str, status: S, action: str, holds: Callable[[str], bool] | None = None) -> S:
        """Answer the status the action leads to.

        Raises:
            TransitionRefusedError: The status, or a guard, does not allow the action.
        """
        target = self.target(status, action, holds)
        if target is None:
            guards = [
                ("" if guard.expected else "not ") + guard.name.replace("_", " ")
                for move in self._by_action.get((status, action), ())
                for guard in move.guards
            ]
            raise TransitionRefusedError(
                subject=subject,
                status=str(status.value).replace("_", " "),
                action=action.replace("_", " "),
                possible=self.possible(status, holds),
                ground=f"needs {' or '.join(guards)}" if guards else "",
            )
        return target

    def followed(self, status: S, action: str, fact: Recorded) -> S:
        """Answer the status an action on record led to; its guards were judged when it was recorded.

        Raises:
            IntegrityError: The lifecycle has no such move.
        """
        target = self.recorded.get((status, action))
        if target is None:
            raise IntegrityError(
                problem=f"`{fact.stream}` cannot {action} while {status.value}", position=fact.position
            )
        return target

    def leads(self, source: S, target: S) -> bool:
        """Answer whether some action leads from one status straight to the other, guards aside."""
        return any(move.source is source and move.target is target for move in self.moves)
