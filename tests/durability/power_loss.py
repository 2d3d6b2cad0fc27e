"""Power failures: a store is written to, the power fails at any point of it, and what the disk then holds is opened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Literal

from attrs import define, field

from svcdelivery.errors import ServiceDeliveryError, UnusableInputError
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.kit import START, later
from svcdelivery.testing.conformance.nemesis import Flaw, RunHistory, check_store, command_of, perform
from svcdelivery.testing.conformance.nemesis.work import FAR, TENANT
from tests.durability.write_order import Disk, Happened, RecordedStore, Recorder

__all__ = ["Outages", "Setting", "outages"]

Setting = Literal["full", "normal", "off"]
_EARLY_SHARE = 0.05
_numbers = count()


@define
class Outages:
    """What power failures left.

    Attributes:
        cuts: How many there were.
        early: How many came before the store was made; some left a file that is refused, and none of them a loss.
        acknowledged: Commands that were acknowledged before the cut, over all cuts.
        lost: How many of them were not there.
        flaws: What else was wrong: half a command, a gap, a record that disagrees, a store that cannot be read.
    """

    seed: int
    setting: Setting
    cuts: int = 0
    early: int = 0
    acknowledged: int = 0
    lost: int = 0
    cuts_with_loss: int = 0
    flaws: list[Flaw] = field(factory=list)

    def __str__(self) -> str:
        return (
            f"synchronous {self.setting}, seed {self.seed}: {self.cuts:,} power failures, {self.early} of them early;"
            f" of {self.acknowledged:,} acknowledged commands {self.lost:,} lost, in {self.cuts_with_loss} failures;"
            f" {len(self.flaws)} other flaws"
        )


def outages(seed: int, setting: Setting, *, commands: int, cuts: int) -> Outages:
    """Record a store being written to, and cut the power at points of the log drawn at random."""
    draw = Random(f"{seed} {setting} power")
    found = Outages(seed, setting)
    with tempfile.TemporaryDirectory(prefix="power-") as folder:
        log = _recorded(Path(folder) / "store.db", seed, setting, commands)
        making = next(place for place, event in enumerate(log) if event.what == "ready")
        cuts_at = sorted(
            draw.randrange(1, making if draw.random() < _EARLY_SHARE else len(log) + 1) for _ in range(cuts)
        )
        for number, (disk, told, ready) in enumerate(_at(log, cuts_at)):
            place = Path(folder) / f"cut-{number}"
            place.mkdir()
            for name, data in disk.left(draw):
                (place / name).write_bytes(data)
            _look(place / "store.db", found, told, ready=ready)
            for path in place.iterdir():
                path.unlink()
            place.rmdir()
    return found


def _recorded(path: Path, seed: int, setting: Setting, commands: int) -> list[Happened]:
    recorder = Recorder(f"recorder-{next(_numbers)}")
    durability: Literal["full", "normal"] = "full" if setting == "full" else "normal"

    def opened() -> RecordedStore:
        return RecordedStore(path, recorder, durability=durability, unsynced=setting == "off")

    draw = Random(f"{seed} {setting} writer")
    store = opened()
    recorder.log.append(Happened("ready"))
    for number in range(commands):
        command = command_of(seed, f"writer-{number}")
        receipt = perform(store, command, later(number))
        recorder.log.append(Happened(f"{command.key} {receipt.facts[0].position} {len(receipt.facts)}"))
        if draw.random() < 0.05:
            _borrow(store, number)
        if draw.random() < 0.01:
            # The last one to close a store moves its log into the file.
            store.close()
            store = opened()
    store.close()
    recorder.unregister()
    return recorder.log


def _borrow(store: SqliteStore, number: int) -> None:
    with store.unit(TENANT) as unit:
        unit.timers.claim(FAR, now=later(number), until=later(number + 1), owner="w", limit=3)


def _at(log: list[Happened], cuts: list[int]) -> Iterator[tuple[Disk, RunHistory, bool]]:
    disk, told, ready, happened = Disk(), RunHistory(), False, 0
    for cut in cuts:
        for event in log[happened:cut]:
            disk.take(event)
            match event.what.split():
                case [key, first, size]:
                    told.done[key] = (int(first), int(size))
                case ["ready"]:
                    ready = True
                case _:
                    pass
        happened = cut
        yield disk, told, ready


def _look(path: Path, found: Outages, told: RunHistory, *, ready: bool) -> None:
    found.cuts += 1
    found.early += not ready
    found.acknowledged += len(told.done)
    try:
        with SqliteStore(path) as store:
            verdict = check_store(store, found.seed, told)
            # It must be possible to go on, under the keys that were not acknowledged.
            perform(store, command_of(found.seed, f"writer-{len(told.done)}"), START)
    except ServiceDeliveryError as error:
        if ready or not isinstance(error, UnusableInputError):
            found.flaws.append(Flaw(kind="failed", what=f"{type(error).__name__}: {error}"))
        return
    found.lost += len(verdict.lost)
    found.cuts_with_loss += bool(verdict.lost)
    found.flaws += [flaw for flaw in verdict.flaws if flaw.kind != "lost"]
