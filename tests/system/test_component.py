"""Components: lifecycle, the order of starting and stopping, outputs and what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.errors import IntegrityError, InvalidValueError, NotFoundError, TransitionRefusedError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import disagreements
from svcdelivery.system.component import (
    COMPONENT_TABLE,
    Component,
    ComponentLifecycle,
    ComponentState,
    ComponentStatus,
    ServiceSystem,
    change,
    component_stream,
    fold_component,
)
from svcdelivery.system.driver import Disposition, OutputCollected, dispose, pending_outputs

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOB = Actor.staff("bob")


def facts(*bodies: Any, id: str = "web") -> tuple[Fact[Any], ...]:
    return history(component_stream(id), [NewFact(body=body, actor=BOB, occurred_at=NOW) for body in bodies])


def test_chart_and_table_agree() -> None:
    assert not disagreements(ComponentLifecycle)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(COMPONENT_TABLE.actions), max_size=12))
def test_what_was_allowed_folds_and_nothing_else_is_recorded(actions: list[str]) -> None:
    state, recorded = ComponentState(id="web"), []
    for action in actions:
        try:
            recorded.append(change(state, action))
        except TransitionRefusedError:
            assert COMPONENT_TABLE.target(state.status, action) is None
            continue
        state = fold_component("web", facts(*recorded))
        assert state.status.value == recorded[-1].status
    assert fold_component("web", facts(*recorded)).status is state.status


def test_a_move_that_cannot_have_been_is_damage() -> None:
    up = change(ComponentState(id="web", status=ComponentStatus.STARTING), "come_up")
    with pytest.raises(IntegrityError):
        fold_component("web", facts(up))


SHOP = ServiceSystem(
    [
        Component(id="shop", depends_on=["web", "mail"], services=["buying"]),
        Component(id="web", depends_on=["db"], services=["reading"]),
        Component(id="mail"),
        Component(id="db"),
    ]
)


class TestOrder:
    def test_each_starts_after_what_it_depends_on(self) -> None:
        order = SHOP.start_order()
        assert order.index("db") < order.index("web") < order.index("shop")
        assert order.index("mail") < order.index("shop")
        assert SHOP.start_order("web") == ("db", "web")

    def test_dependents_stop_before_what_they_depend_on(self) -> None:
        assert SHOP.stop_order("db") == ("shop", "web", "db")
        assert SHOP.stop_order("mail") == ("shop", "mail")

    def test_what_is_down_takes_services_with_it(self) -> None:
        assert SHOP.services_of("db") == ("buying", "reading")
        assert SHOP.services_of("mail") == ("buying",)

    @settings(max_examples=60)
    @given(st.lists(st.lists(st.integers(0, 6), max_size=3), min_size=1, max_size=7))
    def test_orders_keep_every_dependency(self, needs: list[list[int]]) -> None:
        components = [
            Component(id=f"c{n}", depends_on=[f"c{m}" for m in sorted({m for m in wanted if m < n})])
            for n, wanted in enumerate(needs)
        ]
        system = ServiceSystem(components)
        start, stop = system.start_order(), system.stop_order()
        assert sorted(start) == sorted(stop) == [c.id for c in sorted(components, key=lambda c: c.id)]
        for component in components:
            for needed in component.depends_on:
                assert start.index(needed) < start.index(component.id)
                assert stop.index(component.id) < stop.index(needed)

    def test_a_circle_is_named(self) -> None:
        with pytest.raises(InvalidValueError, match=r"a -> b -> a|b -> a -> b"):
            ServiceSystem([Component(id="a", depends_on=["b"]), Component(id="b", depends_on=["a"])])

    def test_what_is_not_there_is_refused(self) -> None:
        with pytest.raises(InvalidValueError):
            ServiceSystem([Component(id="a", depends_on=["b"])])
        with pytest.raises(InvalidValueError):
            ServiceSystem([Component(id="a"), Component(id="a")])
        with pytest.raises(NotFoundError):
            SHOP.start_order("nothing")


class TestOutputs:
    def test_what_nobody_took_care_of_waits(self) -> None:
        """Collected twice it waits once; in quarantine it still waits, for a last word."""
        came = [OutputCollected(output="r1", kind="report"), OutputCollected(output="r2"), OutputCollected(output="r1")]
        assert [one.id for one in pending_outputs(facts(*came))] == ["r1", "r2"]
        put_away = dispose(facts(*came), "r1", Disposition.QUARANTINE, ground="wrong totals")
        assert [one.id for one in pending_outputs(facts(*came, put_away))] == ["r1", "r2"]
        thrown = dispose(facts(*came, put_away), "r1", Disposition.DISCARD, ground="made anew")
        accepted = dispose(facts(*came), "r2", Disposition.ACCEPT)
        assert pending_outputs(facts(*came, put_away, thrown, accepted)) == ()
        assert pending_outputs(facts(*came, put_away, thrown, accepted, came[0])) == ()

    def test_nothing_is_thrown_away_without_a_ground(self) -> None:
        came = facts(OutputCollected(output="r1"))
        with pytest.raises(InvalidValueError):
            dispose(came, "r1", Disposition.DISCARD)
        with pytest.raises(InvalidValueError):
            dispose(came, "r2", Disposition.ACCEPT)
