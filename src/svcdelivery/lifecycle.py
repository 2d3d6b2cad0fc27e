"""Lifecycles: a strict chart base that only defines, and the table compiled from it that commands and replay ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from itertools import product
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from attrs import frozen
from statemachine import StateChart
from statemachine.callbacks import CallbackGroup
from statemachine.exceptions import InvalidDefinition, TransitionNotAllowed
from statemachine.states import States

from svcdelivery.errors import IntegrityError, InvalidValueError, LifecycleDefinitionError, TransitionRefusedError

__all__ = [
    "Guard",
    "Lifecycle",
    "LifecycleTable",
    "Move",
    "Phase",
    "Recorded",
    "States",
    "Status",
    "compile_lifecycle",
    "disagreements",
]

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


class Lifecycle(StateChart[Any]):
    """The base of every chart: flat, strict, without side effects.

    The four switches differ from the library's defaults, which let unknown actions pass and turn errors into events.
    A subclass defines `states`, its moves as `name = states.A.to(states.B, cond="guard")`, and `phases`.
    """

    allow_event_without_transition = False
    catch_errors_as_events = False
    atomic_configuration_update = True
    enable_self_transition_entries = False

    phases: ClassVar[Mapping[Any, Phase]] = {}


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


_EFFECTS = {
    CallbackGroup.VALIDATOR: "a validator",
    CallbackGroup.BEFORE: "an effect before a move",
    CallbackGroup.ON: "an effect of a move",
    CallbackGroup.AFTER: "an effect after a move",
    CallbackGroup.PREPARE: "a preparation of a move",
    CallbackGroup.ENTER: "an effect of entering a status",
    CallbackGroup.EXIT: "an effect of leaving a status",
    CallbackGroup.INVOKE: "an invoked task",
}


def compile_lifecycle(chart: type[Lifecycle]) -> LifecycleTable[Any]:
    """Answer the table of a chart.

    Raises:
        LifecycleDefinitionError: The chart nests states, keeps history, has side effects, loosens a switch, or a
            status without a phase.
    """
    _check(chart)
    phases = {state.value: chart.phases[state.value] for state in chart.states}
    return LifecycleTable(chart.__name__, _initial(chart), phases, tuple(_moves(chart)))


def _initial(chart: type[Lifecycle]) -> Any:
    return next(state.value for state in chart.states if state.initial)


def _moves(chart: type[Lifecycle]) -> Iterator[Move[Any]]:
    for state in chart.states:
        for transition in state.transitions:
            guards = tuple(
                Guard(str(spec.func), bool(spec.expected_value))
                for spec in transition._specs
                if spec.group is CallbackGroup.COND
            )
            for event in transition.events:
                yield Move(event.id, state.value, transition.target.value, guards)


def _check(chart: type[Lifecycle]) -> None:
    def refuse(problem: str) -> None:
        raise LifecycleDefinitionError(lifecycle=chart.__name__, problem=problem)

    for switch in (
        "allow_event_without_transition",
        "catch_errors_as_events",
        "atomic_configuration_update",
        "enable_self_transition_entries",
    ):
        if getattr(chart, switch) is not getattr(Lifecycle, switch):
            refuse(f"`{switch}` must stay {getattr(Lifecycle, switch)}")
    for state in chart.states:
        if type(state).__name__ == "HistoryState" or state.is_compound or state.parallel:
            refuse(f"`{state.id}` must be a plain state: nested, parallel and history states do not survive a restart")
        if state.value not in chart.phases:
            refuse(f"`{state.id}` names no phase")
        for spec in (*state._specs, *(spec for move in state.transitions for spec in move._specs)):
            named = spec.is_convention and not hasattr(chart, str(spec.func))
            if spec.group in _EFFECTS and not named:
                refuse(f"`{spec.func}` is {_EFFECTS[spec.group]}; a lifecycle only defines")
        for transition in state.transitions:
            if not transition.events or len(transition.targets) != 1:
                refuse(f"a move from `{state.id}` must have an action and one target")


def disagreements(chart: type[Lifecycle]) -> list[str]:
    """Answer each status x action x guard answer on which chart and table differ; none is the proof they are equal."""
    table = compile_lifecycle(chart)
    found = []
    for status, action in product(table.statuses, table.actions):
        for answers in product((True, False), repeat=len(table.guard_names)):
            holds = dict(zip(table.guard_names, answers, strict=True))
            by_table = table.target(status, action, holds.__getitem__)
            by_chart = _ask_chart(chart, status, action, holds)
            if by_table is not by_chart:
                found.append(f"{status} {action} {holds}: table {by_table}, chart {by_chart}")
    return found


def _ask_chart(chart: type[Lifecycle], status: Any, action: str, holds: Mapping[str, bool]) -> Any:
    # The status stands in a model: so restored, nothing fires.
    model = type("Model", (), {name: staticmethod(_answering(answer)) for name, answer in holds.items()})()
    model.state = status
    try:
        machine = chart(model)
        machine.send(action)
    except TransitionNotAllowed:
        return None
    except InvalidDefinition as error:
        raise LifecycleDefinitionError(lifecycle=chart.__name__, problem=str(error)) from error
    return model.state


def _answering(answer: bool) -> Callable[[], bool]:
    # A function of its own: the library looks into the code of what it calls.
    return lambda: answer
