"""What the state machine library does that our base guards against; told when it changes."""

from __future__ import annotations

from typing import Any

import pytest
from statemachine import State, StateChart, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from svcdelivery.work import IncidentLifecycle, IncidentStatus


class Bare(StateChart):
    one = State(initial=True)
    two = State(final=True)
    go = one.to(two)


class Failing(StateChart):
    one = State(initial=True)
    two = State(final=True)
    go = one.to(two)

    def on_go(self) -> None:
        raise ZeroDivisionError


def test_a_bare_chart_ignores_actions_that_do_not_apply() -> None:
    """Ours refuses them."""
    chart = Bare()
    chart.send("go")
    assert chart.send("go") is None
    assert StateChart.allow_event_without_transition is True
    assert StateMachine.allow_event_without_transition is False


def test_a_bare_chart_swallows_what_its_callbacks_raise() -> None:
    """Ours has no callbacks, and would not swallow."""
    chart = Failing()
    chart.send("go")
    assert StateChart.catch_errors_as_events is True


def test_ours_refuses_and_leaves_the_status_as_it_was() -> None:
    """Restored through the model, nothing fires."""
    model = type("Model", (), {name: lambda _self: True for name in ("reopening_window_open", "major")})()
    model.state = IncidentStatus.RECORDED
    machine: Any = IncidentLifecycle(model)
    with pytest.raises(TransitionNotAllowed):
        machine.send("close")
    assert model.state is IncidentStatus.RECORDED
    machine.send("assign")
    assert model.state is IncidentStatus.ASSIGNED


def test_a_start_value_fires_entry_effects_and_a_model_does_not() -> None:
    """Therefore a chart is always restored through its model."""
    entered: list[str] = []

    class Loud(StateChart):
        one = State(initial=True)
        two = State()
        over = State(final=True)
        go = one.to(two)
        end = two.to(over)

        def on_enter_two(self) -> None:
            entered.append("two")

    Loud(start_value="two")
    assert entered == ["two"]
    model = type("Model", (), {})()
    model.state = "two"
    Loud(model)
    assert entered == ["two"]


def test_a_chart_instance_costs_so_much_that_replay_asks_the_table() -> None:
    """A machine holds thousands of objects' worth of engine; a table is a dict."""
    import pickle

    from svcdelivery.work import INCIDENT_TABLE

    assert INCIDENT_TABLE.target(IncidentStatus.RECORDED, "assign") is IncidentStatus.ASSIGNED
    assert pickle.loads(pickle.dumps(IncidentStatus.RECORDED)) is IncidentStatus.RECORDED
