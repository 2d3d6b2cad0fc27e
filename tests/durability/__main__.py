"""`python -m tests.durability [PART...] [--seed N] [--scale X]`: every round as it ends, the figures last."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter

from svcdelivery.testing.conformance.nemesis import NemesisReport
from tests.durability.power_loss import Outages
from tests.durability.rounds import PARTS, Round


def main() -> int:
    """Answer 0 when nothing was lost, doubled, torn or left out, and what must be found out was; 1 otherwise."""
    asked = argparse.ArgumentParser(prog="python -m tests.durability", description=main.__doc__)
    asked.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all, unless told")
    asked.add_argument("--seed", type=int, default=int(time.time()), help="of a run to be repeated")
    asked.add_argument("--scale", type=float, default=1.0, help="how much of everything; 1 is the promise")
    told = asked.parse_args()
    unknown = [name for name in told.parts if name not in PARTS]
    if unknown:
        asked.error(f"no part {', '.join(unknown)}")
    # Whoever ends the run ends its servers and disks with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"seed {told.seed}", flush=True)
    rounds = []
    for name in told.parts or PARTS:
        for one in PARTS[name](told.seed, told.scale):
            print(f"# {one.name}\n{one.found}\n", flush=True)
            rounds.append(one)
    good = _totals(rounds)
    print(f"seed {told.seed}: {'all is kept' if good else 'NOT KEPT'}")
    return 0 if good else 1


def _totals(rounds: list[Round]) -> bool:
    good = True
    for engine in ("sqlite", "postgresql", "desk"):
        reports = [one.found for one in rounds if isinstance(one.found, NemesisReport) and one.name.startswith(engine)]
        if reports:
            good &= all(report.ok for report in reports)
            _tell_nemesis(engine, reports)
    for setting in ("full", "normal", "off"):
        found = [one.found for one in rounds if isinstance(one.found, Outages) and one.found.setting == setting]
        if found:
            good &= _tell_power(setting, found)
    return good


def _tell_nemesis(engine: str, reports: list[NemesisReport]) -> None:
    events: Counter[str] = Counter()
    for report in reports:
        events.update(dict(report.events))
    kinds = Counter(flaw.kind for report in reports for flaw in report.flaws)
    struck = ", ".join(f"{count:,} {name}" for name, count in events.items() if "killed" in name or "times" in name)
    print(f"{engine}: {sum(report.acknowledged for report in reports):,} commands acknowledged; {struck}")
    print(
        f"{engine}: {events['unknown']:,} outcomes unknown and asked for again, {events['late']:,} late claims refused;"
        f" {kinds['lost']} lost, {kinds['doubled']} doubled, {kinds['torn']} torn, {kinds['gap']} gaps,"
        f" {kinds['disagreement']} disagreements, {kinds['failed']} failed"
    )


def _tell_power(setting: str, found: list[Outages]) -> bool:
    lost, flaws = sum(one.lost for one in found), sum(len(one.flaws) for one in found)
    cuts, acknowledged = sum(one.cuts for one in found), sum(one.acknowledged for one in found)
    # A store that does not flush must be found out, each time: else nothing follows from the others.
    good = (
        all(one.lost or one.flaws for one in found)
        if setting == "off"
        else not flaws and not (lost and setting == "full")
    )
    print(
        f"power, synchronous {setting}: {cuts:,} failures, {acknowledged:,} acknowledged commands before them,"
        f" {lost:,} lost, {flaws} other flaws{', found out' if setting == 'off' and good else ''}"
    )
    return good


if __name__ == "__main__":
    sys.exit(main())
