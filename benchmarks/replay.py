"""Replay of a real log of 141,712 rows into SQLite with its report, against one bare reading of the same file.

Needs `data/uci_incident_event_log.csv.gz` in the folder that `SVCDELIVERY_SHARED` names, else in `shared` beside the
repository.
The replay runs in a process of its own, so that its peak of memory is its own; both sides are CPU time of that process.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import Row

__all__ = ["rows"]

_REPOSITORY = Path(__file__).resolve().parent.parent
_SHARED = Path(os.environ.get("SVCDELIVERY_SHARED") or _REPOSITORY.parent / "shared")
_LOG = _SHARED / "data/uci_incident_event_log.csv.gz"
_AGREEMENT = _REPOSITORY / "examples/agreements/weekday-closure.yaml"
_PASSES = 5
_TIMES_MOST = 15
_MEGABYTES_MOST = 500


def rows() -> list[Row]:
    """Measure, or say that there is nothing to measure on."""
    if not _LOG.exists():
        print(f"replay left out: {_LOG.name} is not there", file=sys.stderr)
        return []
    command = [sys.executable, "-m", "benchmarks.replay"]
    told = subprocess.run(command, cwd=_REPOSITORY, check=True, capture_output=True, text=True)
    measured = json.loads(told.stdout.splitlines()[-1])
    return [
        Row.at_most("replay with report / csv.DictReader", measured["replay"], measured["reader"], _TIMES_MOST),
        Row.within("replay with report, peak memory", measured["megabytes"], _MEGABYTES_MOST, unit="MB"),
    ]


def _measure() -> dict[str, float]:
    from svcdelivery.cli.main import main

    replays, readers = [], []
    for _ in range(_PASSES):
        readers.append(_cpu(_read))
        with tempfile.TemporaryDirectory() as folder:
            arguments = [
                "replay", str(_LOG), "--profile", "servicenow", "--agreement", str(_AGREEMENT),
                "--store", f"{folder}/log.db", "--out", f"{folder}/report",
            ]  # fmt: skip
            start = time.process_time()
            assert main(arguments) == 0, "the log is replayed"
            replays.append(time.process_time() - start)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"replay": min(replays), "reader": min(readers), "megabytes": kilobytes / 1000}


def _read() -> None:
    with gzip.open(_LOG, "rt", encoding="utf-8", newline="") as file:
        for _ in csv.DictReader(file):
            pass


def _cpu(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    print(json.dumps(_measure()))
