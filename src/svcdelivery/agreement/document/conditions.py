"""Measures of the document's own, and the conditions they are told in, each mistake with its place."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from svcdelivery.agreement.condition import (
    MESSAGE_PARTS,
    STANDING_PARTS,
    AllOf,
    AnyOf,
    AttributeIs,
    Condition,
    Not,
    PartIs,
    Signaled,
)
from svcdelivery.agreement.document.hours import Named
from svcdelivery.agreement.measure import CONDITION_KEYS, Measure
from svcdelivery.documents import Code, Cursor, Fields
from svcdelivery.lifecycle import Phase

__all__ = ["CONDITION_FORM", "ConditionForm"]

CONDITION_FORM = ("signal", *STANDING_PARTS, *MESSAGE_PARTS, "attribute", "all", "any", "not")
"""The keys of a condition; those of one mapping hold together."""


@frozen
class ConditionForm:
    """Reads conditions; what the document defines elsewhere may be named in them, None where it could not be read."""

    services: tuple[str, ...] | None = None
    priorities: tuple[str, ...] | None = None
    hold_reasons: tuple[str, ...] | None = None

    def read_measures(self, at: Cursor) -> Named[Measure]:
        """Answer the document's own measures, of a mapping of names to measures."""
        names, values = [], []
        for name, entry in at.entries("the name of a measure", optional=True):
            names.append(name)
            measure = self._read_measure(name, entry)
            if measure is not None:
                values.append(measure)
        return Named(tuple(names), tuple(values))

    def _read_measure(self, name: str, at: Cursor) -> Measure | None:
        phases = {phase.value: phase for phase in Phase}
        with at.mapping() as fields:
            given = {key: self.read(fields[key]) for key in CONDITION_KEYS if key in ("start", "stop") or key in fields}
            ends = fields["ends"].choice(tuple(phases), "phase", default="done")
            repeats = fields["repeats"].truth(default=False)
        conditions = {key: condition for key, condition in given.items() if condition is not None}
        return at.made(lambda: Measure(name=name, **conditions, ends=phases[ends], repeats=repeats))

    def read(self, at: Cursor) -> Condition | None:
        """Answer a condition: signals by name, or a mapping of what must hold together."""
        if not isinstance(at.value, dict):
            signals = [signal.identifier("a signal") for signal in at.one_or_each()]
            return at.made(lambda: Signaled(signals))
        with at.mapping() as fields:
            given = [key for key in CONDITION_FORM if key in fields]
            parts = [self._read_key(key, fields) for key in given]
        if not given:
            at.refuse(Code.INVALID_VALUE, "an empty condition", "name what must hold")
        whole = tuple(part for part in parts if part is not None)
        return at.made(lambda: whole[0] if len(whole) == 1 else AllOf(whole))

    def _read_key(self, key: str, fields: Fields) -> Condition | None:
        at = fields[key]
        if key in ("all", "any"):
            read = [self.read(entry) for entry in at.each()]
            parts = tuple(part for part in read if part is not None)
            return at.made(lambda: AllOf(parts) if key == "all" else AnyOf(parts))
        if key == "not":
            inner = self.read(at)
            return None if inner is None else at.made(lambda: Not(inner))
        if key == "signal":
            signals = [signal.identifier("a signal") for signal in at.one_or_each()]
            return at.made(lambda: Signaled(signals))
        if key == "attribute":
            return _joined(at, [self._read_attribute(name, entry) for name, entry in at.entries("an attribute")])
        known = self._known(key)
        values = [known(entry) for entry in at.one_or_each()]
        return at.made(lambda: PartIs(key, values))

    def _known(self, key: str) -> Callable[[Cursor], str]:
        defined = {"service": self.services, "priority": self.priorities, "hold_reason": self.hold_reasons}
        if key in defined:
            return lambda at: at.known(defined[key], key.replace("_", " "))
        return lambda at: at.identifier(f"a {key.replace('_', ' ')}")

    @staticmethod
    def _read_attribute(name: str, at: Cursor) -> Condition | None:
        values = [entry.identifier(f"a value of `{name}`") for entry in at.one_or_each()]
        return at.made(lambda: AttributeIs(name, values))


def _joined(at: Cursor, parts: list[Condition | None]) -> Condition | None:
    whole = tuple(part for part in parts if part is not None)
    return at.made(lambda: whole[0] if len(whole) == 1 else AllOf(whole))
