"""How a store fared, for a person to read: what is required, what is optional, the figures last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from attrs import frozen

from svcdelivery.testing.conformance.scenario import Scenario

__all__ = ["Report", "Result"]

_WIDTH = 12


@frozen(kw_only=True)
class Result:
    """How one scenario went: kept, not offered, or the complaint."""

    scenario: Scenario
    kept: bool
    offered: bool = True
    complaint: str = ""

    @property
    def broken(self) -> bool:
        """Whether the store owes the promise and does not keep it."""
        return self.offered and not self.kept

    def __str__(self) -> str:
        """Answer the scenario's name, and where it is broken the promise and the complaint below."""
        if not self.broken:
            return f"{'kept' if self.kept else 'not offered'}  {self.scenario.name}"
        below = [self.scenario.promise, *(f"> {line}" for line in self.complaint.splitlines())]
        return "\n".join([f"NOT KEPT  {self.scenario.name}", *(f"{'':10}{line}" for line in below)])


@frozen(kw_only=True)
class Report:
    """How all of them went.

    Attributes:
        left_out: How many scenarios were not run, because one before them was asked to be the last.
    """

    results: tuple[Result, ...]
    left_out: int = 0

    @property
    def ok(self) -> bool:
        """Whether every promise is kept that could be asked for."""
        return not self.broken

    @property
    def broken(self) -> tuple[Result, ...]:
        """What is not kept, in the order of the kit."""
        return tuple(result for result in self.results if result.broken)

    def __str__(self) -> str:
        """Answer a line for every topic, every broken promise with its complaint below, and the figures last."""
        required = [result for result in self.results if not result.scenario.needs]
        optional = [result for result in self.results if result.scenario.needs]
        lines: list[str] = []
        for title, results in (("required", required), ("optional", optional)):
            if results:
                lines += [title, *_topics(results), ""]
        told = [f"required: {_figures(required)}", f"optional: {_figures(optional, absent=True)}"]
        told += [f"{self.left_out} left out"] if self.left_out else []
        return "\n".join([*lines, "; ".join(told)])

    def as_plain(self) -> dict[str, Any]:
        """Answer it as plain data."""
        return {
            "ok": self.ok,
            "left_out": self.left_out,
            "scenarios": [
                {
                    "topic": one.scenario.topic,
                    "name": one.scenario.name,
                    "promise": one.scenario.promise,
                    "needs": sorted(capability.value for capability in one.scenario.needs),
                    "outcome": "kept" if one.kept else "not kept" if one.offered else "not offered",
                    "complaint": one.complaint,
                }
                for one in self.results
            ],
        }


def _topics(results: Sequence[Result]) -> Iterator[str]:
    for topic, group in groupby(results, key=lambda result: result.scenario.topic):
        members = list(group)
        yield f"  {topic:<{_WIDTH}}{_share(members)}"
        for result in members:
            if result.broken:
                yield from (f"    {line}" for line in str(result).splitlines())


def _share(members: Sequence[Result]) -> str:
    offered = [result for result in members if result.offered]
    if not offered:
        needs = sorted({capability.value for result in members for capability in result.scenario.needs})
        return f"not offered: {', '.join(needs)}"
    kept = sum(result.kept for result in offered)
    apart = len(members) - len(offered)
    told = f"{kept} kept" if kept == len(offered) else f"{kept} of {len(offered)} kept"
    return f"{told}, {apart} not offered" if apart else told


def _figures(results: Sequence[Result], *, absent: bool = False) -> str:
    kept = sum(result.kept for result in results)
    broken = sum(result.broken for result in results)
    told = f"{kept} kept, {broken} not kept"
    return f"{told}, {len(results) - kept - broken} not offered" if absent else told
