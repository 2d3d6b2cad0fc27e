"""Problems, major incidents and orders in the report: figures, the page, the rows."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from svcdelivery.desk import ServiceDesk
from svcdelivery.reporting import write_work_products
from svcdelivery.reporting.problems import problem_figures
from svcdelivery.storage.memory import MemoryStore
from tests.reporting.stories import ANN, BOB, OLGA, Clock, agreement, desk_on

NASTY = "<script>alert(1)</script>\u202e"


def told(store: MemoryStore) -> tuple[ServiceDesk, Clock, str]:
    """Three problems: one suspected, one a known error that two incidents rest on, one resolved and closed."""
    desk, clock = desk_on(store)
    desk.agreements.register(agreement("acme"), by=OLGA, key="acme")
    problems, keys = desk.problems, iter(range(1000))

    def key() -> str:
        return f"p{next(keys)}"

    problems.record(summary="a suspicion", by=BOB, key=key())
    known = problems.record(summary=NASTY, by=BOB, key=key(), id="known").record.id
    problems.declare_known_error(known, cause="the queue", workaround="restart", by=BOB, key=key())
    done = problems.record(summary="paper jams", by=BOB, key=key()).record.id
    problems.investigate(done, by=BOB, key=key())
    problems.resolve(done, fix="another tray", by=BOB, key=key())
    problems.close(done, by=BOB, key=key())
    for number in range(3):
        id = f"I{number}"
        desk.incidents.receive(
            customer="acme", service="email", requester="ann", priority="low", by=ANN, key=key(), id=id
        )
        desk.incidents.assign(id, team="mail", by=BOB, key=key())
        desk.incidents.start(id, by=BOB, key=key())
        if number == 0:
            desk.incidents.declare_major(id, ground="everybody", by=BOB, key=key())
            desk.incidents.stand_down(id, ground="fewer", by=BOB, key=key())
        desk.incidents.resolve(id, workaround_of=known, by=BOB, key=key())
    desk.incidents.close("I2", by=BOB, key=key())
    return desk, clock, known


def counts(figures: Any) -> dict[str, Any]:
    return {figure.name: figure.value for figure in figures}


def test_the_figures_count_what_is_open_and_what_rests_on_it(tmp_path: Path) -> None:
    """By hand from the story; the same on the page's data."""
    store = MemoryStore()
    told(store)
    performance = write_work_products(store, tmp_path).performance
    assert counts(performance.problems.counts) == {
        "problems recorded": 3, "open problems": 2, "known errors": 1, "with a workaround": 1,
        "incidents on a workaround": 2,
    }  # fmt: skip
    assert dict(performance.problems.statuses) == {
        "recorded": 1, "under_investigation": 0, "known_error": 1, "resolved": 0, "closed": 1, "cancelled": 0,
    }  # fmt: skip
    assert counts(performance.flow.counts)["major incidents"] == 1
    data = json.loads((tmp_path / "performance.json").read_text(encoding="utf-8"))["problems"]
    (error,) = data["known_errors"]
    assert (error["id"], error["incidents"], error["on_workaround"]) == ("known", 3, 2)


def test_the_page_names_the_known_errors_and_escapes_what_was_typed(tmp_path: Path) -> None:
    """With what one can do about them meanwhile."""
    store = MemoryStore()
    told(store)
    page = write_work_products(store, tmp_path).page.read_text(encoding="utf-8")
    assert "Known errors" in page
    assert ">restart<" in page
    assert "<script" not in page
    assert "\u202e" not in page


def test_without_problems_the_page_says_nothing_of_them(tmp_path: Path) -> None:
    """An imported log has none."""
    store = MemoryStore()
    desk_on(store)[0].agreements.register(agreement("acme"), by=OLGA, key="acme")
    page = write_work_products(store, tmp_path).page.read_text(encoding="utf-8")
    assert 'id="problems"' not in page


def test_a_report_of_an_earlier_instant_knows_nothing_of_what_came_later(tmp_path: Path) -> None:
    """The known error was still open, and the incidents did not rest on it."""
    store = MemoryStore()
    desk, clock, known = told(store)
    before = clock.now()
    clock.pass_(hours=1)
    desk.problems.resolve(known, fix="a larger queue", by=BOB, key="fix")
    now = write_work_products(store, tmp_path / "now").performance.problems
    then = write_work_products(store, tmp_path / "then", now=before).performance.problems
    assert [len(each.known_errors) for each in (now, then)] == [0, 1]
    assert counts(problem_figures(()).counts)["open problems"] == 0


def test_a_delivery_names_the_order_it_was_part_of(tmp_path: Path) -> None:
    """The one reference whoever asked has; a request of its own has none."""
    store = MemoryStore()
    desk, _ = desk_on(store)
    desk.agreements.register(agreement("acme"), by=OLGA, key="acme")
    placed = desk.orders.receive(
        customer="acme", requester="ann", services=["email", "printing"], by=ANN, key="o1", id="O-1"
    ).record
    alone = desk.requests.receive(customer="acme", service="email", requester="ann", by=ANN, key="r1").record.id
    for number, id in enumerate((*(line.item.removeprefix("request:") for line in placed.lines), alone)):
        desk.requests.accept(id, by=BOB, key=f"a{number}")
        desk.requests.start(id, by=BOB, key=f"s{number}")
        desk.requests.fulfill(id, by=BOB, key=f"f{number}")
    written = write_work_products(store, tmp_path).services_delivered
    with written.open(encoding="utf-8", newline="") as file:
        assert sorted(row["order"] for row in csv.DictReader(file)) == ["", "O-1", "O-1"]
