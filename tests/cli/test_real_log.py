"""A real log of 24,918 incidents through every floor: taken in, found again, judged, reported."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.cli.main import main
from svcdelivery.desk import ServiceDesk
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.work import Incident
from tests.exchange.figures import PUBLISHED, FigureCounter
from tests.shared_data import shared_file

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.xdist_group("real-log")]

AGREEMENT = Path(__file__).resolve().parents[2] / "examples" / "agreements" / "weekday-closure.yaml"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the store and the report of the replayed log."""
    log = shared_file("data/uci_incident_event_log.csv.gz")
    folder = tmp_path_factory.mktemp("replay")
    code = main([
        "replay", str(log), "--profile", "servicenow", "--agreement", str(AGREEMENT),
        "--store", str(folder / "log.db"), "--out", str(folder / "report"),
    ])  # fmt: skip
    assert code == 0
    return folder


def incidents(desk: ServiceDesk) -> Iterator[Incident]:
    """Answer every incident, a page after another."""
    after: str | None = None
    while True:
        page = desk.incidents.find(after=after, limit=1000)
        yield from page.items
        after = page.next
        if after is None:
            return


def test_the_published_figures_are_found_through_the_store(replayed: Path) -> None:
    """U1 to U12: what others counted in the file, counted again by asking the desk for records and facts."""
    with SqliteStore(replayed / "log.db", create=False) as store:
        desk = ServiceDesk(store, time=SystemTime())
        counter = FigureCounter()
        for incident in incidents(desk):
            counter.add(desk.incidents.facts(incident.id))
        assert counter.figures() == PUBLISHED


def test_records_say_at_a_glance_what_the_facts_say_at_length(replayed: Path) -> None:
    """The request database record alone gives the figures that rest on the last row of each incident."""
    failed = resolved = 0
    with SqliteStore(replayed / "log.db", create=False) as store:
        for incident in incidents(ServiceDesk(store, time=SystemTime())):
            last = dict(incident.attributes)
            failed += last["made_sla"] == "false"
            resolved += last["resolved_at"] is not None
    assert (failed, resolved) == (PUBLISHED["U5"][0], PUBLISHED["U11"])


def test_the_report_counts_every_incident_and_answers_every_breach(replayed: Path) -> None:
    """Met and breached add up to all incidents, and each breach has its corrective action."""
    data = json.loads((replayed / "report" / "performance.json").read_text(encoding="utf-8"))
    whole = data["compliance"]["whole"]
    with (replayed / "report" / "corrective-actions.csv").open(encoding="utf-8", newline="") as file:
        actions = list(csv.DictReader(file))
    assert whole["denominator"] == PUBLISHED["U2"]
    assert len(actions) == whole["denominator"] - whole["numerator"]
    assert {row["action_status"] for row in actions} == {"raised"}


def test_nobody_is_paged_or_asked_about_what_is_past(replayed: Path) -> None:
    """An import arms no timer and sends no survey."""
    with SqliteStore(replayed / "log.db", create=False) as store, store.unit("main", write=False) as unit:
        assert unit.timers.next_due() is None
    rows = (replayed / "report" / "satisfaction.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1


def test_the_chain_over_all_entries_is_sound(replayed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every stored entry matches its hash."""
    assert main(["verify", str(replayed / "log.db")]) == 0
    assert "all sound" in capsys.readouterr().out
