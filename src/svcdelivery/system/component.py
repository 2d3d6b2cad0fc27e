"""Components: what the service system is made of, how each of them stands, and in which order they start and stop.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from attrs import evolve, field, frozen

from svcdelivery.errors import IntegrityError, InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.identity import identifier
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.timeline import Instant

__all__ = [
    "COMPONENT_TABLE",
    "Component",
    "ComponentChanged",
    "ComponentLifecycle",
    "ComponentRegistered",
    "ComponentState",
    "ComponentStatus",
    "ServiceSystem",
    "change",
    "component_stream",
    "fold_component",
]


class ComponentStatus(Status):
    """How a component stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPING = "stopping"
    FAILED = "failed"
    IN_MAINTENANCE = "in_maintenance"


_S = ComponentStatus


class ComponentLifecycle(Lifecycle):
    """What may happen to a component. One that failed is stopped, or started again; maintenance needs it stopped."""

    states = States.from_enum(_S, initial=_S.STOPPED)
    phases = {
        _S.STOPPED: Phase.NEW,
        _S.STARTING: Phase.ACTIVE,
        _S.RUNNING: Phase.ACTIVE,
        _S.DEGRADED: Phase.ACTIVE,
        _S.STOPPING: Phase.ACTIVE,
        _S.FAILED: Phase.HELD,
        _S.IN_MAINTENANCE: Phase.HELD,
    }

    start = states.STOPPED.to(states.STARTING) | states.FAILED.to(states.STARTING)
    come_up = states.STARTING.to(states.RUNNING)
    degrade = states.RUNNING.to(states.DEGRADED)
    recover = states.DEGRADED.to(states.RUNNING)
    stop = states.RUNNING.to(states.STOPPING) | states.DEGRADED.to(states.STOPPING) | states.FAILED.to(states.STOPPING)
    go_down = states.STOPPING.to(states.STOPPED)
    fail = (
        states.STARTING.to(states.FAILED)
        | states.RUNNING.to(states.FAILED)
        | states.DEGRADED.to(states.FAILED)
        | states.STOPPING.to(states.FAILED)
    )
    begin_maintenance = states.STOPPED.to(states.IN_MAINTENANCE)
    end_maintenance = states.IN_MAINTENANCE.to(states.STOPPED)


COMPONENT_TABLE: LifecycleTable[ComponentStatus] = compile_lifecycle(ComponentLifecycle)


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(identifier(value, "a name") for value in values)


@frozen(kw_only=True)
class Component:
    """A part of the service system: a program, a machine, a place, a team.

    Attributes:
        depends_on: Components that must run before it can.
        services: Services that cannot be delivered without it.
        driver: The name of the driver that operates it; empty for one that people operate.
        owner: Who answers for it.
    """

    id: str = field(converter=identifier)
    name: str = ""
    depends_on: tuple[str, ...] = field(default=(), converter=_names)
    services: tuple[str, ...] = field(default=(), converter=_names)
    driver: str = ""
    owner: str = ""


def _components(components: Iterable[Component]) -> tuple[Component, ...]:
    return tuple(components)


@frozen
class ServiceSystem:
    """The components of a provider and what depends on what.

    Raises:
        InvalidValueError: A component that is there twice, a dependency on none, or a circle, which is named.
    """

    components: tuple[Component, ...] = field(converter=_components)
    _by_id: Mapping[str, Component] = field(init=False, eq=False, repr=False)
    _order: tuple[str, ...] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        by_id = {component.id: component for component in self.components}
        if len(by_id) < len(self.components):
            doubled = next(c.id for c in self.components if by_id[c.id] is not c)
            raise InvalidValueError(what="a component of its own", value=doubled, problem="it stands twice")
        for component in self.components:
            for needed in component.depends_on:
                if needed not in by_id:
                    raise InvalidValueError(what="a component", value=needed, path=f"{component.id}.depends_on")
        object.__setattr__(self, "_by_id", by_id)
        object.__setattr__(self, "_order", self._sorted())

    def _sorted(self) -> tuple[str, ...]:
        graph = {component.id: component.depends_on for component in self.components}
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            raise InvalidValueError(what="a system without circles", value=circle, path="depends_on") from None

    def __getitem__(self, id: str) -> Component:
        try:
            return self._by_id[id]
        except KeyError:
            raise NotFoundError(what="component", id=id) from None

    def start_order(self, *ids: str) -> tuple[str, ...]:
        """Answer the components that must run for these to run, these included, each after what it depends on.

        Without any, the whole system.
        """
        wanted = self._closure(ids, lambda component: component.depends_on)
        return tuple(id for id in self._order if id in wanted)

    def stop_order(self, *ids: str) -> tuple[str, ...]:
        """Answer the components that must stop for these to stop, these included, each before what it depends on."""
        wanted = self._closure(ids, lambda component: self.dependents(component.id))
        return tuple(id for id in reversed(self._order) if id in wanted)

    def dependents(self, id: str) -> tuple[str, ...]:
        """Answer the components that directly depend on one."""
        return tuple(component.id for component in self.components if id in component.depends_on)

    def services_of(self, id: str) -> tuple[str, ...]:
        """Answer the services that cannot be delivered while a component is down, those of its dependents included."""
        affected = self._closure((id,), lambda component: self.dependents(component.id))
        return tuple(sorted({service for one in affected for service in self._by_id[one].services}))

    def _closure(self, ids: tuple[str, ...], more: Any) -> set[str]:
        found: set[str] = set()
        waiting = [self[id] for id in ids] if ids else list(self.components)
        while waiting:
            component = waiting.pop()
            if component.id not in found:
                found.add(component.id)
                waiting += [self._by_id[id] for id in more(component)]
        return found


def component_stream(id: str) -> str:
    """Answer the name of the stream that holds a component's facts."""
    return f"component:{id}"


@fact_type("component.registered/1")
@frozen
class ComponentRegistered:
    """A component is part of the service system, in this form from now on."""

    component: Component


@fact_type("component.changed/1")
@frozen(kw_only=True)
class ComponentChanged:
    """A component was acted upon, or was seen to have changed.

    Attributes:
        action: A move of its lifecycle.
        status: Where it led.
        detail: What the driver or a person said about it.
        run: The procedure run it happened in, if any.
    """

    action: str
    status: str
    detail: str = ""
    run: str = ""


@frozen(kw_only=True)
class ComponentState:
    """A component as its facts tell it."""

    id: str
    component: Component | None = None
    status: ComponentStatus = ComponentStatus.STOPPED
    since: Instant | None = None
    detail: str = ""
    version: int = 0


def change(state: ComponentState, action: str, *, detail: str = "", run: str = "") -> ComponentChanged:
    """Answer the fact of a move.

    Raises:
        TransitionRefusedError: The component does not stand so that the move could happen.
    """
    target = COMPONENT_TABLE.require(f"component {state.id}", state.status, action)
    return ComponentChanged(action=action, status=target.value, detail=detail, run=run)


def fold_component(id: str, facts: Iterable[Fact[Any]]) -> ComponentState:
    """Answer how a component stands; one without facts is stopped.

    Raises:
        IntegrityError: A move its lifecycle does not have.
    """
    state = ComponentState(id=id)
    for fact in facts:
        body = fact.body
        if isinstance(body, ComponentChanged):
            target = COMPONENT_TABLE.target(state.status, body.action)
            if target is None or target.value != body.status:
                problem = f"`{fact.stream}` cannot {body.action} while {state.status.value}"
                raise IntegrityError(problem=problem, position=fact.position)
            state = evolve(state, status=target, since=fact.occurred_at, detail=body.detail)
        elif isinstance(body, ComponentRegistered):
            state = evolve(state, component=body.component)
        state = evolve(state, version=fact.version)
    return state
