"""The chart of a lifecycle: a strict base that only defines, its compilation into a table, and the proof of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, ClassVar

from statemachine import StateChart
from statemachine.callbacks import CallbackGroup
from statemachine.exceptions import InvalidDefinition, TransitionNotAllowed
from statemachine.states import States

from svcdelivery.errors import LifecycleDefinitionError
from svcdelivery.lifecycle.table import Guard, LifecycleTable, Move, Phase

__all__ = ["Lifecycle", "States", "compile_lifecycle", "disagreements"]


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
