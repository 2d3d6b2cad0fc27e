"""`svcdelivery diff`: what would have come of a store's items under another agreement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import click

from svcdelivery.agreement import AgreementRevision, ServiceAgreement, TermDifference, term_differences
from svcdelivery.cli.output import json_option, say, say_json, shown_share, told_progress
from svcdelivery.clock import Simulation, TargetOutcome, VerdictChange, simulate
from svcdelivery.errors import UnusableInputError
from svcdelivery.exchange.agreements import load_agreement
from svcdelivery.facts import Fact
from svcdelivery.storage.open import open_store
from svcdelivery.storage.protocol import Query, Unit
from svcdelivery.timeline import Instant, format_instant, parse_instant
from svcdelivery.work import INCIDENT, REQUEST

__all__ = ["command"]

_PAGE = 200


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--store", required=True, help="The store whose items are judged.")
@click.option("--at", help="The instant of the judgment; by default that of the last record.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0), help="How many changes are listed.")
@click.option("--tenant", default="main", show_default=True)
@json_option
def command(before: str, after: str, *, store: str, at: str | None, limit: int, tenant: str, as_json: bool) -> int:
    """Judge the items of a store under agreement A and under agreement B, and say what differs.

    The terms that differ, the verdicts that change, and compliance and credits of both. Items of other agreements are
    left out; items that name none, as in a log taken in without an agreement, are judged by both.
    """
    had, draft = load_agreement(before), load_agreement(after).revisions[-1]
    instant = None if at is None else parse_instant(at)
    with closing(open_store(store, create=False)) as opened, opened.unit(tenant, write=False) as unit:
        now = instant or unit.feed.head().recorded_at
        if now is None:
            raise UnusableInputError(source=store, problem="it is empty: there is nothing to judge")
        items = _Items(unit, had.id)
        with told_progress("items", silent=as_json) as progress:
            found = simulate(draft, items.histories(progress), now, agreement=had, keep_most=limit)
    terms = term_differences(had.revisions[-1], draft)
    if as_json:
        say_json(_plain(had, draft, terms, found, items.left_out))
    else:
        for line in _lines(had, draft, terms, found, items.left_out):
            say(line)
    return 0


class _Items:
    """The items of a store that an agreement speaks of, read one by one."""

    def __init__(self, unit: Unit, agreement: str) -> None:
        self._unit, self._agreement = unit, agreement
        self.left_out = 0

    def histories(self, progress: Any) -> Iterator[tuple[Fact[Any], ...]]:
        """Answer the facts of each."""
        for done, (stream, agreement) in enumerate(self._streams(), start=1):
            if progress is not None:
                progress(done, None)
            if agreement in ("", self._agreement):
                yield tuple(self._unit.journal.load(stream))
            else:
                self.left_out += 1

    def _streams(self) -> Iterator[tuple[str, str]]:
        for kind in (INCIDENT, REQUEST):
            after = None
            while True:
                page = self._unit.records.find(Query(kind=kind.name), after=after, limit=_PAGE)
                for record in page.items:
                    yield record.stream, dict(record.columns).get("agreement") or ""
                after = page.next
                if after is None:
                    break


def _plain(
    had: ServiceAgreement,
    draft: AgreementRevision,
    terms: tuple[TermDifference, ...],
    found: Simulation,
    left_out: int,
) -> dict[str, Any]:
    return {
        "agreements": {"before": had.revisions[-1].label, "after": draft.label},
        "terms": [{"path": term.path, "before": term.before, "after": term.after} for term in terms],
        "left_out": left_out,
        **found.to_data(),
    }


def _lines(
    had: ServiceAgreement,
    draft: AgreementRevision,
    terms: tuple[TermDifference, ...],
    found: Simulation,
    left_out: int,
) -> Iterator[str]:
    yield f"{had.revisions[-1].label} → {draft.label}: {_counted(len(terms), 'term differs', 'terms differ')}"
    for term in terms:
        yield f"  {term.path}: {term.before or 'none'} → {term.after or 'none'}"
    others = f"; {left_out:,} of other agreements left out" if left_out else ""
    yield f"\n{_counted(found.items, 'item', 'items')} judged as of {format_instant(found.now)}{others}"
    yield from _targets(found)
    yield f"\n{_counted(found.changed_count, 'verdict changes', 'verdicts change')} of {found.clocks:,}"
    for was, becomes, number in found.changed:
        yield f"  {number:>7,}  {was} → {becomes}"
    for change in found.changes:
        yield f"  {_change(change)}"
    if found.changed_count > len(found.changes):
        yield f"  … {found.changed_count - len(found.changes):,} more"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _targets(found: Simulation) -> Iterator[str]:
    names = sorted({outcome.target for side in (found.before, found.after) for outcome in side.targets})
    width = max(map(len, names), default=0)
    for name in names:
        was, becomes = (_outcome(side.outcome(name)) for side in (found.before, found.after))
        owed = _owed(found, name)
        yield f"  {name:<{width}}  {was} → {becomes}" + (f"; {owed}" if owed else "")
    if found.before.currencies or found.after.currencies:
        yield f"  {'all':<{width}}  {_owed(found, None)}"


def _outcome(outcome: TargetOutcome | None) -> str:
    if outcome is None:
        return "no clock"
    periods = ""
    if outcome.periods_judged is not None:
        periods = f", {outcome.periods_kept} of {outcome.periods_judged} periods kept"
    exempted = f", {outcome.exempted:,} exempted" if outcome.exempted else ""
    return f"{shown_share(outcome.share)} ({outcome.met:,} of {outcome.judged:,}{exempted}{periods})"


def _owed(found: Simulation, target: str | None) -> str:
    was, becomes = dict(found.before.owed(target)), dict(found.after.owed(target))
    parts = [f"{_sum(was.get(c))} → {_sum(becomes.get(c))} {c}" for c in sorted({*was, *becomes})]
    return f"owed {', '.join(parts)}" if parts else ""


def _sum(amount: Decimal | None) -> str:
    return "nothing" if amount is None else f"{amount:f}"


def _change(change: VerdictChange) -> str:
    cycle = f" (cycle {change.cycle})" if change.cycle > 1 else ""
    due = [_due(at) for at in (change.due_before, change.due_after)]
    moved = f", due {due[0]} → {due[1]}" if due[0] != due[1] else f", due {due[0]}"
    return f"{change.item}  {change.measure}{cycle}  {change.before} → {change.after}{moved}"


def _due(at: Instant | None) -> str:
    return "none" if at is None else format_instant(at).replace(".000000", "")
