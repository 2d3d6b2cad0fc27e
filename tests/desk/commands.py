"""All commands of the desk, found by looking at it, and arguments for each: a new one cannot be forgotten."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args, get_origin, get_type_hints

from attrs import frozen
from hypothesis import strategies as st

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk import ServiceDesk
from svcdelivery.desk.work.imports import Imported, ImportedItem
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.schedule import DeliverySchedule, Dependency, Link, Task
from svcdelivery.security import Person
from svcdelivery.security.vulnerability import VexStatus
from svcdelivery.security.vulnerability.feeds import OsvRecord, VexStatement
from svcdelivery.system import Act, Course
from svcdelivery.work import HappenedAt, Observed
from tests.desk.world import MONDAY, revision
from tests.facts.test_plain import any_value

__all__ = ["Command", "arguments", "commands_of", "queries_of"]


@frozen
class Command:
    """A command of the desk.

    Attributes:
        name: Such as `requests.fulfill`.
    """

    name: str
    call: Callable[..., Any]

    @property
    def room(self) -> str:
        """The part of the desk it belongs to; empty for the desk itself."""
        return self.name.rpartition(".")[0]

    @property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """What it asks for beside who asks under which key."""
        found = inspect.signature(self.call).parameters
        return {name: parameter for name, parameter in found.items() if name not in ("by", "key")}


def _methods(desk: ServiceDesk) -> list[Command]:
    found = []
    for name, part in vars(desk).items():
        if not name.startswith("_") and type(part).__module__.startswith("svcdelivery.desk"):
            found += [Command(f"{name}.{method}", bound) for method, bound in inspect.getmembers(part, callable)]
    found += [Command(name, bound) for name, bound in inspect.getmembers(desk, inspect.ismethod)]
    return [one for one in found if not one.name.rpartition(".")[2].startswith("_")]


def commands_of(desk: ServiceDesk) -> dict[str, Command]:
    """Answer every method that somebody asks for under a key."""
    return {one.name: one for one in _methods(desk) if {"by", "key"} & inspect.signature(one.call).parameters.keys()}


def queries_of(desk: ServiceDesk) -> dict[str, Command]:
    """Answer every other method."""
    return {one.name: one for one in _methods(desk) if one.name not in commands_of(desk)}


def _described(items: int, rows: int) -> Imported:
    return Imported(source="s", name="log", digest="d", profile="p", columns=(), rows=rows, items=items)


_SEEN = (
    NewFact(
        body=Observed(
            kind="incident",
            source="s",
            row=1,
            status="resolved",
            fields=(("agreement", "acme-1"), ("service", "email")),
        ),
        actor=Actor.system("import"),
        occurred_at=MONDAY,
    ),
)
_SERVICES = st.sampled_from(["email", "laptop", "fax", "nothing"])
_WORK = st.sampled_from(["request:r1", "request:r2", "incident:i1", "incident:i2", "incident:none"])
_LATER = st.sampled_from([1, 30]).map(lambda days: MONDAY + timedelta(days=days))
_IDS: Mapping[str, list[str]] = {
    "requests": ["r1", "r2", "r3"],
    "incidents": ["i1", "i2", "i3"],
    "agreements": ["acme-1"],
    "access": ["g1", "g2"],
    "actions": ["a1"],
    "problems": ["p1", "p2"],
    "orders": ["o1", "o2"],
    "vulnerabilities": ["V1", "V2"],
    "security_incidents": ["S1", "S2"],
    "components": ["web"],
    "procedures": ["run1"],
    "maintenance": ["m1", "m2"],
    "schedules": ["d1", "d2"],
}
# What is drawn for a parameter of that name, of one command or of any; the rest is drawn by its type.
_NAMED: Mapping[str, st.SearchStrategy[Any]] = {
    "customer": st.sampled_from(["acme", "acme", "globex"]),
    "service": _SERVICES,
    "services": st.lists(_SERVICES, min_size=1, max_size=2),
    "requester": st.sampled_from(["ann", "eve"]),
    "holder": st.sampled_from(["bob", "dan"]),
    "to": _WORK,
    "item": _WORK,
    "work": st.lists(_WORK, max_size=2),
    "agreement": st.sampled_from(["acme-1", "none"]),
    "actions": st.just(("accept", "start", "fulfill")),
    "until": _LATER,
    "priority": st.sampled_from([None, "P1", "P9"]),
    "impact": st.none(),
    "urgency": st.none(),
    "reason": st.sampled_from(["customer", "supplier"]),
    "target": st.sampled_from(["response", "resolution"]),
    "team": st.just("desk"),
    "correction": st.integers(1, 9).map(lambda version: HappenedAt(version=version, at=MONDAY)),
    "agreements.agreement": st.sampled_from([1, 2]).map(
        lambda number: ServiceAgreement.of(*(revision(number=each + 1) for each in range(number)))
    ),
    "run": st.just("run1"),
    "owner": st.just("bob"),
    "maintenance.until": st.none(),
    "maintenance.start": st.none(),
    **dict.fromkeys(
        ("monitoring.accept.rule", "monitoring.refuse.rule", "monitoring.end_rule.rule"),
        st.sampled_from(["web-silent", "none"]),
    ),
    "alert": st.just("web-silent/web/1"),
    "course": st.just("mail-101"),
    "training.offer.course": st.just(Course(id="mail-101", qualifies_for=["mail"], on_joining=True)),
    "person": st.sampled_from(["bob", "ann"]),
    "training.at": st.none(),
    "task": st.sampled_from(["order", "live"]),
    "dependency": st.just("router"),
    "schedule": st.just(
        DeliverySchedule(
            start=MONDAY,
            tasks=[Task(id="order", duration=timedelta(hours=2)), Task(id="live")],
            links=[Link(before="order", after="live")],
            dependencies=[Dependency(id="router", task="order", owner="maker")],
        )
    ),
    "procedures.begin.procedure": st.just("check"),
    "procedures.perform.procedure": st.just("check"),
    "step": st.just("s1"),
    **dict.fromkeys(
        ("ground", "conclusion", "evidence", "text", "note", "summary", "title", "lessons", "fix", "cause", "steps"),
        st.just("in words"),
    ),
    "access.to": st.sampled_from(["bob", "dan"]),
    "people": st.just((Person(id="bob", roles=("agent",)),)),
    "metrics": st.just(()),
    "duty": st.none(),
    "window": st.none(),
    "kev": st.none(),
    "epss": st.none(),
    "record": st.just(OsvRecord(id="GHSA-1", summary="a parser")),
    "statement": st.just(VexStatement(vulnerability="V1", product="p", status=VexStatus.AFFECTED)),
    "items": st.just(()),
    "imports.items": st.sampled_from(["i9", "i1"]).map(lambda id: [ImportedItem(kind="incident", id=id, facts=_SEEN)]),
    "describe": st.just(_described),
    "each": st.none(),
    "ids": st.just("web"),
    "act": st.sampled_from(["start", "check"]).map(lambda verb: Act(verb=verb, component="web")),
}


def arguments(command: Command) -> st.SearchStrategy[dict[str, Any]]:
    """Answer arguments for a command: pooled ones where their names are known, any of their types otherwise.

    Raises:
        AssertionError: For one of its parameters neither is known; name it in `_NAMED`.
    """
    hints = get_type_hints(command.call)
    drawn = {}
    for name, parameter in command.parameters.items():
        is_needed = parameter.default is parameter.empty
        found = next(
            (_NAMED[key] for key in (f"{command.name}.{name}", f"{command.room}.{name}", name) if key in _NAMED), None
        )
        if name == "id" and command.room in _IDS:
            found = st.sampled_from(_IDS[command.room])
        if found is None and is_needed:
            found = _of_type(command, name, hints[name])
        if found is not None:
            drawn[name] = found
    return st.fixed_dictionaries(drawn)


def _of_type(command: Command, name: str, hint: Any) -> st.SearchStrategy[Any]:
    try:
        if get_origin(hint) in (Iterable, Sequence, Collection):
            return st.lists(any_value(get_args(hint)[0]), max_size=2)
        return any_value(hint)
    except Exception as error:
        raise AssertionError(f"nothing is known to give `{command.name}` as `{name}`: {hint}") from error
