"""Lifecycles: every chart says what its table says, and a chart that does more than define is refused."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from svcdelivery.agreement import AGREEMENT_TABLE, AgreementLifecycle
from svcdelivery.errors import LifecycleDefinitionError, TransitionRefusedError
from svcdelivery.improvement import ACTION_TABLE, ActionLifecycle
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, compile_lifecycle, disagreements
from svcdelivery.security.incident import SECURITY_INCIDENT_TABLE, SecurityIncidentLifecycle
from svcdelivery.security.vulnerability import VULNERABILITY_TABLE, VulnerabilityLifecycle
from svcdelivery.system import (
    COMPONENT_TABLE,
    MAINTENANCE_TABLE,
    RUN_TABLE,
    ComponentLifecycle,
    MaintenanceLifecycle,
    RunLifecycle,
)
from svcdelivery.work import INCIDENT_TABLE, REQUEST_TABLE, IncidentLifecycle, RequestLifecycle
from svcdelivery.work.problem import PROBLEM_TABLE, ProblemLifecycle

CHARTS: dict[str, tuple[type[Lifecycle], LifecycleTable[Any], int]] = {
    "agreement": (AgreementLifecycle, AGREEMENT_TABLE, 12),
    "request": (RequestLifecycle, REQUEST_TABLE, 22),
    "incident": (IncidentLifecycle, INCIDENT_TABLE, 29),
    "problem": (ProblemLifecycle, PROBLEM_TABLE, 14),
    "corrective action": (ActionLifecycle, ACTION_TABLE, 6),
    "security incident": (SecurityIncidentLifecycle, SECURITY_INCIDENT_TABLE, 13),
    "component": (ComponentLifecycle, COMPONENT_TABLE, 15),
    "run": (RunLifecycle, RUN_TABLE, 5),
    "maintenance": (MaintenanceLifecycle, MAINTENANCE_TABLE, 9),
    "vulnerability": (VulnerabilityLifecycle, VULNERABILITY_TABLE, 21),
}


class Light(Enum):
    RED = "red"
    GREEN = "green"
    OUT = "out"


PHASES = {Light.RED: Phase.NEW, Light.GREEN: Phase.ACTIVE, Light.OUT: Phase.CLOSED}


@pytest.mark.parametrize("name", CHARTS)
class TestEveryChart:
    def test_it_equals_its_table_on_every_status_action_and_guard(self, name: str) -> None:
        """The chart is the definition; commands and replay ask the table."""
        assert disagreements(CHARTS[name][0]) == []

    def test_its_table_has_every_move_it_declares(self, name: str) -> None:
        """As many as the class body names, counted by hand."""
        chart, table, moves = CHARTS[name]
        assert len(table.moves) == moves
        assert table.name == chart.__name__
        assert set(table.statuses) == set(chart.phases)

    def test_what_is_possible_is_what_leads_somewhere(self, name: str) -> None:
        """And what is not possible is refused with what is."""
        _, table, _ = CHARTS[name]
        for status in table.statuses:
            possible = table.possible(status, lambda _: True)
            for action in table.actions:
                target = table.target(status, action, lambda _: True)
                assert (action in possible) == (target is not None)
                if target is None:
                    with pytest.raises(TransitionRefusedError) as caught:
                        table.require("it", status, action, lambda _: True)
                    assert caught.value.possible == possible
                else:
                    assert table.require("it", status, action, lambda _: True) is target
                    assert table.leads(status, target)
            assert table.status(status.value) is status

    def test_the_four_switches_are_strict(self, name: str) -> None:
        """A bare chart ignores actions it does not know, and swallows errors."""
        chart = CHARTS[name][0]
        assert chart.allow_event_without_transition is False
        assert chart.catch_errors_as_events is False
        assert chart.atomic_configuration_update is True
        assert chart.enable_self_transition_entries is False

    def test_every_status_can_be_reached(self, name: str) -> None:
        """From the first, by moves of the table alone."""
        _, table, _ = CHARTS[name]
        reached = {table.initial}
        for _ in table.statuses:
            reached |= {move.target for move in table.moves if move.source in reached}
        assert reached == set(table.statuses)


class TestGuards:
    def test_a_guard_that_fails_refuses_and_says_what_is_needed(self) -> None:
        """Without an answer no guard holds."""
        closed = next(s for s in REQUEST_TABLE.statuses if s.value == "closed")
        assert REQUEST_TABLE.guard_names == ("reopening_window_open",)
        assert REQUEST_TABLE.target(closed, "reopen") is None
        assert REQUEST_TABLE.target(closed, "reopen", lambda _: True) is not None
        with pytest.raises(TransitionRefusedError) as caught:
            REQUEST_TABLE.require("request 1", closed, "reopen", lambda _: False)
        assert "needs reopening window open" in str(caught.value)
        assert str(caught.value).endswith("possible from there: none")

    def test_negated_and_joined_guards_compile_as_the_chart_asks_them(self) -> None:
        """Two conditions must both hold; `unless` must not."""

        class Guarded(Lifecycle):
            states = States.from_enum(Light, initial=Light.RED, final=[Light.OUT])
            phases = PHASES
            go = states.RED.to(states.GREEN, cond=["clear", "bright"], unless="raining")
            end = states.GREEN.to(states.OUT)

        assert disagreements(Guarded) == []
        table = compile_lifecycle(Guarded)
        assert set(table.guard_names) == {"clear", "bright", "raining"}
        assert table.target(Light.RED, "go", lambda name: name != "raining") is Light.GREEN
        assert table.target(Light.RED, "go", lambda _: True) is None

    def test_the_first_move_whose_guards_hold_is_taken(self) -> None:
        """In the order they were declared, as the chart does."""

        class Branching(Lifecycle):
            states = States.from_enum(Light, initial=Light.RED, final=[Light.OUT])
            phases = PHASES
            go = states.RED.to(states.GREEN, cond="clear") | states.RED.to(states.OUT)
            end = states.GREEN.to(states.OUT)

        assert disagreements(Branching) == []
        table = compile_lifecycle(Branching)
        assert table.target(Light.RED, "go", lambda _: True) is Light.GREEN
        assert table.target(Light.RED, "go", lambda _: False) is Light.OUT


def refused(make: Any) -> str:
    with pytest.raises(LifecycleDefinitionError) as caught:
        compile_lifecycle(make())
    return str(caught.value)


class TestRefusedDefinitions:
    @pytest.mark.parametrize(
        "method",
        ["on_go", "before_go", "after_go", "on_enter_GREEN", "on_exit_RED", "on_transition", "after_transition"],
    )
    def test_one_with_an_effect(self, method: str) -> None:
        """A lifecycle only defines; what follows from a move is the desk's to do."""

        def make() -> Any:
            states = States.from_enum(Light, initial=Light.RED, final=[Light.OUT])
            body = {
                "states": states, "phases": PHASES, "go": states.RED.to(states.GREEN),
                "end": states.GREEN.to(states.OUT), method: lambda _self: None,
            }  # fmt: skip
            return type(Lifecycle)("Effective", (Lifecycle,), body)

        assert "a lifecycle only defines" in refused(make)

    @pytest.mark.parametrize("option", ["on", "before", "after", "validators"])
    def test_one_with_an_effect_named_at_a_move(self, option: str) -> None:
        """Nor a validator: guards answer yes or no, by name."""

        def make() -> Any:
            states = States.from_enum(Light, initial=Light.RED, final=[Light.OUT])

            class Effective(Lifecycle):
                phases = PHASES
                go = states.RED.to(states.GREEN, **{option: "shout"})
                end = states.GREEN.to(states.OUT)

                def shout(self) -> None:
                    raise AssertionError

            Effective.states = states  # type: ignore[misc]
            return Effective

        try:
            text = refused(make)
        except Exception as error:  # noqa: BLE001
            pytest.fail(f"{option}: {type(error).__name__}: {error}")
        assert "a lifecycle only defines" in text

    @pytest.mark.parametrize(
        ("switch", "value"),
        [
            ("allow_event_without_transition", True),
            ("catch_errors_as_events", True),
            ("atomic_configuration_update", False),
            ("enable_self_transition_entries", True),
        ],
    )
    def test_one_that_loosens_a_switch(self, switch: str, value: bool) -> None:
        """Each of the four, by name."""

        def make() -> Any:
            states = States.from_enum(Light, initial=Light.RED, final=[Light.OUT])
            body = {
                "states": states, "phases": PHASES, "go": states.RED.to(states.GREEN),
                "end": states.GREEN.to(states.OUT), switch: value,
            }  # fmt: skip
            return type(Lifecycle)("Loose", (Lifecycle,), body)

        assert switch in refused(make)

    def test_one_whose_status_has_no_phase(self) -> None:
        """Clocks would not know what it means."""

        class Phaseless(Lifecycle):
            states = States.from_enum(Light, initial=Light.RED, final=[Light.OUT])
            phases = {Light.RED: Phase.NEW, Light.OUT: Phase.CLOSED}
            go = states.RED.to(states.GREEN)
            end = states.GREEN.to(states.OUT)

        assert "names no phase" in refused(lambda: Phaseless)

    def test_one_that_nests_statuses_or_keeps_history(self) -> None:
        """Neither survives a restart."""
        from statemachine import HistoryState, State

        class Nested(Lifecycle):
            class working(State.Compound):  # noqa: N801
                first = State(initial=True, value="first")
                second = State(value="second", final=True)
                step = first.to(second)

            idle = State(initial=True, value="idle")
            over = State(final=True, value="over")
            begin = idle.to(working)
            end = working.to(over)
            phases = {"idle": Phase.NEW, "over": Phase.CLOSED, "first": Phase.ACTIVE, "second": Phase.ACTIVE}

        assert "must be a plain state" in refused(lambda: Nested)

        class Remembering(Lifecycle):
            class working(State.Compound):  # noqa: N801
                first = State(initial=True, value="first")
                second = State(value="second", final=True)
                step = first.to(second)
                before = HistoryState()

            idle = State(initial=True, value="idle")
            over = State(final=True, value="over")
            begin = idle.to(working)
            back = idle.to(working.before)
            end = working.to(over)
            phases = {"idle": Phase.NEW, "over": Phase.CLOSED}

        assert "must be a plain state" in refused(lambda: Remembering)
