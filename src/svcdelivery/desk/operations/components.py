"""Components at the desk: operated through their drivers, on record before and after.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act, part_key
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import COMPONENTS
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Unit
from svcdelivery.system import (
    Act,
    Component,
    ComponentAsked,
    ComponentChanged,
    ComponentControlled,
    ComponentDriver,
    ComponentRegistered,
    ComponentState,
    ComponentStatus,
    Disposition,
    DriverAnswer,
    InputSupplied,
    Output,
    OutputCollected,
    ServiceSystem,
    Verb,
    change,
    component_stream,
    dispose,
    fold_component,
    pending_outputs,
)
from svcdelivery.timeline import Instant

__all__ = ["ComponentDesk"]

_DOWN = (ComponentStatus.STOPPED, ComponentStatus.FAILED)
_UP = (ComponentStatus.RUNNING, ComponentStatus.DEGRADED, ComponentStatus.FAILED)


class ComponentDesk:
    """Components of the service system.

    What a driver is asked to do is on record before it does it, and what came of it after; whoever finds one without
    the other after a crash asks again. Drivers must take being asked twice.

    Args:
        drivers: How components are operated, by the names components call them.
    """

    def __init__(self, engine: Engine, drivers: Mapping[str, ComponentDriver]) -> None:
        self._engine, self._drivers = engine, drivers

    def register(self, component: Component, *, by: Actor, key: str) -> Outcome[ComponentState]:
        """Put a component, or its new form, on record."""
        ask = Ask(action="register", id=component.id, by=by, key=key, said={"component": component})
        said: Said[ComponentState] = Said((ComponentRegistered(component),))
        return act(self._engine, _component(component.id), ask, lambda _state, _unit, _now: said, creates=True)

    def get(self, id: str) -> ComponentState:
        """Answer how a component stands.

        Raises:
            NotFoundError: None of that id is on record.
        """
        with self._engine.read_unit() as unit:
            return COMPONENTS.get(unit, id)

    def system(self) -> ServiceSystem:
        """Answer all components on record and what depends on what."""
        with self._engine.read_unit() as unit:
            states = COMPONENTS.all(unit)
            return ServiceSystem(tuple(state.component for state in states if state.component is not None))

    def start(self, *ids: str, by: Actor, key: str) -> tuple[ComponentState, ...]:
        """Start components, or all, after what they depend on; it ends at the first that does not come up."""
        return self._each(self.system().start_order(*ids), Verb.START, ComponentStatus.RUNNING, by, key)

    def stop(self, *ids: str, by: Actor, key: str) -> tuple[ComponentState, ...]:
        """Stop components, or all, before what they depend on; it ends at the first that does not go down."""
        return self._each(self.system().stop_order(*ids), Verb.STOP, ComponentStatus.STOPPED, by, key)

    def _each(
        self, ids: Iterable[str], verb: Verb, wanted: ComponentStatus, by: Actor, key: str
    ) -> tuple[ComponentState, ...]:
        states = []
        for id in ids:
            self.operate(Act(verb=verb, component=id), by=by, key=part_key(key, id))
            states.append(self.get(id))
            if states[-1].status is not wanted:
                break
        return tuple(states)

    def operate(self, act: Act, *, by: Actor, key: str, run: str = "") -> DriverAnswer:
        """Have a driver do something with a component, on record before and after.

        Raises:
            NotFoundError: No such component.
            InvalidValueError: Nobody but people operates it, or its driver is not here.
            NotPermittedError: `by` may not manage what is internal.
        """
        state = self.get(act.component)
        assert state.component is not None, "what has a row was registered"
        driver = self._drivers.get(state.component.driver)
        if driver is None:
            hint = "one of " + ", ".join(f"`{name}`" for name in self._drivers) if self._drivers else "none is given"
            raise InvalidValueError(what="a driver", value=state.component.driver, path=act.component, hint=hint)
        doing = _Doing(driver, state.component, act.argument, by, key, run)
        # Whoever may not ask is refused here, before any driver hears of it.
        self._say(doing, "ask", "asked", ComponentAsked(verb=act.verb, argument=act.argument, run=run))
        return _VERBS[act.verb](self, doing)

    def _start(self, doing: _Doing) -> DriverAnswer:
        return self._turn(doing, doing.driver.start, _DOWN, "start", ComponentStatus.STARTING, "come_up")

    def _stop(self, doing: _Doing) -> DriverAnswer:
        return self._turn(doing, doing.driver.stop, _UP, "stop", ComponentStatus.STOPPING, "go_down")

    def _turn(  # noqa: PLR0917
        self,
        doing: _Doing,
        ask_driver: Callable[[Component], DriverAnswer],
        before: tuple[ComponentStatus, ...],
        begun: str,
        meanwhile: ComponentStatus,
        ended: str,
    ) -> DriverAnswer:
        """Have a component started or stopped, unless it is so already."""
        id = doing.component.id
        if self.get(id).status in before:
            self._change(id, begun, doing=doing, part="begun")
        answer = ask_driver(doing.component)
        if self.get(id).status is meanwhile:
            self._change(id, ended if answer.ok else "fail", doing=doing, part="ended", detail=answer.detail)
        return answer

    def _supply(self, doing: _Doing) -> DriverAnswer:
        answer = doing.driver.supply(doing.component, doing.argument)
        self._say(doing, "supply", "done", InputSupplied(data=doing.argument, ok=answer.ok, detail=answer.detail))
        return answer

    def _control(self, doing: _Doing) -> DriverAnswer:
        answer = doing.driver.control(doing.component, doing.argument)
        body = ComponentControlled(command=doing.argument, ok=answer.ok, detail=answer.detail)
        self._say(doing, "control", "done", body)
        return answer

    def _collect(self, doing: _Doing) -> DriverAnswer:
        facts = self._facts(doing.component.id)
        known = {fact.body.output for fact in facts if isinstance(fact.body, OutputCollected)}
        new = [one for one in doing.driver.collect(doing.component) if one.id not in known]
        if new:
            bodies = [OutputCollected(output=one.id, kind=one.kind, text=one.text) for one in new]
            self._say(doing, "collect", "done", *bodies)
        return DriverAnswer(ok=True, detail=f"{len(new)} new")

    def _check(self, doing: _Doing) -> DriverAnswer:
        return doing.driver.is_healthy(doing.component)

    def note(self, id: str, action: str, *, detail: str = "", by: Actor, key: str) -> Outcome[ComponentState]:
        """Put on record what was seen of a component, such as that it failed: a move of its lifecycle.

        Raises:
            TransitionRefusedError: It does not stand so that this could happen.
        """
        ask = Ask(action="change", id=id, by=by, key=key, said={"action": action, "detail": detail})
        return self._changed(ask, action, detail, run="")

    def _change(self, id: str, action: str, *, doing: _Doing, part: str, detail: str = "") -> None:
        key = part_key(doing.key, part)
        ask = Ask(action="change", id=id, by=doing.by, key=key, said={"action": action, "run": doing.run})
        self._changed(ask, action, detail, run=doing.run)

    def _changed(self, ask: Ask, action: str, detail: str, *, run: str) -> Outcome[ComponentState]:
        def make(state: ComponentState | None, _unit: Unit, _now: Instant) -> Said[ComponentState]:
            assert state is not None, "only what there is changes"
            body: ComponentChanged = change(state, action, detail=detail, run=run)
            return Said((body,))

        return act(self._engine, _component(ask.id), ask, make)

    def _say(self, doing: _Doing, action: str, part: str, *bodies: Any) -> None:
        key = part_key(doing.key, part)
        ask = Ask(action=action, id=doing.component.id, by=doing.by, key=key, said={"argument": doing.argument})
        said: Said[ComponentState] = Said(bodies)
        act(self._engine, _component(ask.id), ask, lambda _state, _unit, _now: said)

    def _facts(self, id: str) -> tuple[Fact[Any], ...]:
        with self._engine.read_unit() as unit:
            return tuple(unit.journal.load(component_stream(id)))

    def pending_outputs(self, id: str) -> tuple[Output, ...]:
        """Answer what a component put out and nobody has taken care of."""
        return pending_outputs(self._facts(id))

    def dispose(
        self, id: str, output: str, disposition: Disposition, *, ground: str = "", by: Actor, key: str
    ) -> Outcome[ComponentState]:
        """Say what becomes of an output.

        Raises:
            InvalidValueError: No such output waits, or no ground where one is needed.
        """
        said = {"output": output, "disposition": disposition.value, "ground": ground}
        ask = Ask(action="dispose", id=id, by=by, key=key, said=said)

        def make(_state: ComponentState | None, unit: Unit, _now: Instant) -> Said[ComponentState]:
            return Said((dispose(unit.journal.load(component_stream(id)), output, disposition, ground=ground),))

        return act(self._engine, _component(id), ask, make)


@frozen
class _Doing:
    """One thing a driver is asked to do, by whom, under which key, in which run."""

    driver: ComponentDriver
    component: Component
    argument: str
    by: Actor
    key: str
    run: str


_VERBS: dict[Verb, Callable[[ComponentDesk, _Doing], DriverAnswer]] = {
    Verb.START: ComponentDesk._start,
    Verb.STOP: ComponentDesk._stop,
    Verb.SUPPLY: ComponentDesk._supply,
    Verb.CONTROL: ComponentDesk._control,
    Verb.COLLECT: ComponentDesk._collect,
    Verb.CHECK: ComponentDesk._check,
}


def _component(id: str) -> Aggregate[ComponentState]:
    def fold(facts: Iterable[Fact[Any]]) -> ComponentState | None:
        state = fold_component(id, facts)
        return state if state.version else None

    return Aggregate("component", "component", component_stream, fold, COMPONENTS.row)
