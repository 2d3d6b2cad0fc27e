"""Quality attributes in the report: out of the record alone, with those others bring, held against what is asked."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, NotFoundError, UnusableInputError
from svcdelivery.quality import (
    STANDARD_ATTRIBUTES,
    Measurement,
    Objective,
    QualityAttribute,
    ServiceRecord,
    Severity,
    Standing,
    completion,
    evaluate,
)
from svcdelivery.reporting import Qualities, WorkProducts, installed_attributes, write_work_products
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.system import Component
from svcdelivery.timeline import Interval, parse_instant
from tests.reporting.stories import BOB, OLGA, PORTAL, Clock, desk_on, tell_the_story

HOUR = timedelta(hours=1)
FAMILIES = {"capacity", "availability", "responsiveness", "usability", "reliability", "safety"}


@pytest.fixture(scope="module")
def told() -> MemoryStore:
    """The story of a week, with nothing on record but its items."""
    store = MemoryStore()
    tell_the_story(store)
    return store


@pytest.fixture(scope="module")
def operated() -> MemoryStore:
    """Components for two services from Monday 10:00 in Paris: one is down for three open hours, once, and degraded."""
    store = MemoryStore()
    desk, time = desk_on(store, Clock("2026-03-23T09:00:00Z"))
    desk.components.register(Component(id="spool", services=["printing"]), by=OLGA, key="spool")
    desk.components.register(Component(id="disk"), by=OLGA, key="disk")
    desk.components.register(Component(id="mail", services=["email"], depends_on=["disk"]), by=OLGA, key="mail")
    for id in ("disk", "mail", "spool"):
        up(desk, id, "first")
    time.pass_(hours=24)
    desk.components.note("disk", "fail", by=OLGA, key="fail")
    time.pass_(hours=4)  # 10:00 to 14:00 in Paris: the hours are open until 12:30 and from 13:30
    up(desk, "disk", "again")
    time.pass_(hours=1)
    desk.components.note("mail", "degrade", by=OLGA, key="degrade")
    desk.safety.record(Severity.NEAR_MISS, what="a cable in the way", by=OLGA, key="near")
    desk.safety.record(Severity.MINOR, what="somebody fell over it", by=OLGA, key="fall")
    time.pass_(hours=19)
    desk.incidents.receive(customer="acme", service="email", requester="ann", by=PORTAL, key="r", id="i")
    return store


def up(desk: ServiceDesk, id: str, key: str) -> None:
    for move in ("start", "come_up"):
        desk.components.note(id, move, by=OLGA, key=f"{id} {move} {key}")


def report(store: MemoryStore, folder: Path, **asked: Any) -> WorkProducts:
    return write_work_products(store, folder / "out", **asked)


def qualities(store: MemoryStore, folder: Path, **asked: Any) -> Qualities:
    return report(store, folder, **asked).performance.quality


class TestRecord:
    def test_each_family_the_practice_names_is_measured(self, told: MemoryStore, tmp_path: Path) -> None:
        """In every report, also where there are no data to say anything."""
        found = qualities(told, tmp_path)
        assert {one.attribute.family for one in found.evaluations} == FAMILIES
        assert [one.attribute for one in found.evaluations] == list(STANDARD_ATTRIBUTES)

    def test_the_figures_of_the_story_are_right(self, told: MemoryStore, tmp_path: Path) -> None:
        """Five came in, three were delivered, one of them twice, one was given up, one is open."""
        found = {one.attribute.name: one.measurement.value for one in qualities(told, tmp_path).evaluations}
        assert found["deliveries that held"] == Fraction(2, 3)
        assert (found["task completion"], found["abandonment"]) == (Fraction(3, 4), Fraction(1, 4))
        assert (found["rework"], found["load"], found["peak in hand"]) == (Fraction(1, 3), Fraction(5, 3), 5)
        assert (found["wait for delivery, p50"], found["wait for delivery, p90"]) == (1.5 * HOUR, 171.5 * HOUR)

    def test_what_nobody_recorded_has_no_value(self, told: MemoryStore, tmp_path: Path) -> None:
        """Without components nobody knows of outages: neither 0 nor 100 %."""
        found = qualities(told, tmp_path)
        for name in ("availability", "time to restore", "time between failures", "near misses"):
            assert found.of(name).measurement.value is None
        assert found.services == ()
        assert qualities(MemoryStore(), tmp_path).evaluations == ()

    def test_services_were_there_as_their_components_tell(self, operated: MemoryStore, tmp_path: Path) -> None:
        """Mail cannot do without the disk; degraded it is there. 8 h of Monday, 8 of Tuesday, less the hour before."""
        found = qualities(operated, tmp_path)
        email, printing = found.services
        assert (email.service, email.agreement, email.outages) == ("email", "acme", 1)
        # Monday from 10:00, Tuesday, Wednesday until 10:00: 6.5 h, 8 h and 1.5 h; down from 10:00 to 12:30, and half an
        # hour after 13:30.
        assert email.measurement.input("agreed service time") == 16 * HOUR + timedelta(microseconds=1)
        assert email.measurement.input("downtime") == 3 * HOUR
        assert (printing.service, printing.measurement.value) == ("printing", 1)
        whole = found.of("availability").measurement
        assert whole.input("agreed service time") == 2 * email.measurement.input("agreed service time")  # type: ignore[operator]
        assert whole.input("downtime") == 3 * HOUR
        assert found.of("time to restore").measurement.value == 4 * HOUR

    def test_safety_is_counted_and_near_misses_told_apart(self, operated: MemoryStore, tmp_path: Path) -> None:
        found = qualities(operated, tmp_path).of("harm rate").measurement
        assert (found.input("harmful events"), found.excluded) == (1, (("near misses", 1),))
        assert found.unit == "events per 1,000 hours"
        assert qualities(operated, tmp_path).of("near misses").measurement.value == 1

    def test_as_of_an_earlier_instant_nothing_later_counts(self, operated: MemoryStore, tmp_path: Path) -> None:
        """At 11:00 of the day the disk is still out: the outage is cut there, and told as lasting."""
        found = qualities(operated, tmp_path, now=parse_instant("2026-03-24T10:00:00Z"))
        assert found.of("availability").measurement.value is not None
        assert found.services[0].measurement.input("outages that still last") == 1
        assert found.of("time to restore").measurement.excluded == (("outages that still last", 1),)


class TestObjectives:
    def test_attributes_are_held_against_what_is_asked(self, operated: MemoryStore, tmp_path: Path) -> None:
        asked = {
            "availability": Objective(target=Fraction("0.995")),
            "time to restore": Objective(target=4 * HOUR, higher_is_better=False),
        }
        written = report(operated, tmp_path, objectives=asked)
        found = written.performance.quality
        assert found.of("availability").standing is Standing.MISSED
        assert found.of("time to restore").standing is Standing.MET
        page = written.page.read_text(encoding="utf-8")
        assert "✗ missed" in page
        assert "Availability by service" in page

    def test_an_objective_for_what_is_not_measured_is_refused(self, told: MemoryStore, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="`availability`"):
            report(told, tmp_path, objectives={"availabilty": Objective(target=Fraction(1))})
        assert not (tmp_path / "out").exists()


def paper(record: ServiceRecord, window: Interval) -> Measurement:
    """Somebody's own attribute: a sheet of paper for each item that came in."""
    return Measurement(name="paper", value=len(record.answers), unit="sheets", inputs=(), convention="a sheet an item")


PAPER = QualityAttribute(
    name="paper used",
    family="sustainability",
    measure=paper,
    objective=Objective(target=Fraction(3), higher_is_better=False),
)
NOTHING: tuple[QualityAttribute, ...] = ()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that offers the attribute, as one that was installed beside the library."""
    site = tmp_path / "site"
    info = site / "papertrail-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: papertrail\nVersion: 1.0\n", encoding="utf-8")
    entry = "[svcdelivery.quality]\npaper = tests.reporting.test_qualities:PAPER\n"
    (info / "entry_points.txt").write_text(entry, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    assert any(found.metadata["Name"] == "papertrail" for found in distributions())
    return site


class TestEntryPoints:
    def test_an_attribute_of_another_package_appears_in_the_report(
        self, installed: Path, told: MemoryStore, tmp_path: Path
    ) -> None:
        """Found by its entry point alone: on the page, in the data and among the measures, with its own objective."""
        assert [one.name for one in installed_attributes()] == ["paper used"]
        written = report(told, tmp_path)
        found = written.performance.quality.of("paper used")
        assert (found.measurement.value, found.standing) == (5, Standing.MISSED)
        page = written.page.read_text(encoding="utf-8")
        assert "Paper used" in page
        assert "sustainability: a sheet an item" in page
        data = json.loads(written.performance_data.read_text(encoding="utf-8"))
        (told_by,) = [one for one in data["quality"]["attributes"] if one["attribute"] == "paper used"]
        assert (told_by["value"], told_by["objective"], told_by["standing"]) == ("5", "3", "missed")
        assert '"paper used","","5"' in written.measures.read_text(encoding="utf-8")

    def test_without_one_the_report_has_the_standard_attributes(self, told: MemoryStore, tmp_path: Path) -> None:
        assert installed_attributes([]) == ()
        assert len(qualities(told, tmp_path).evaluations) == len(STANDARD_ATTRIBUTES)

    def test_what_cannot_be_loaded_or_is_no_attribute_is_named(self, told: MemoryStore, tmp_path: Path) -> None:
        for value, error in (
            ("tests.reporting.test_qualities:MISSING", UnusableInputError),
            ("no.such.module:PAPER", UnusableInputError),
            ("tests.reporting.test_qualities:paper", InvalidValueError),
        ):
            with pytest.raises(error):
                installed_attributes([EntryPoint(name="paper", value=value, group="svcdelivery.quality")])
        several = EntryPoint(name="none", value="tests.reporting.test_qualities:NOTHING", group="svcdelivery.quality")
        assert installed_attributes([several]) == ()

    @pytest.mark.parametrize(
        ("measure", "problem"),
        [
            (lambda _record, _window: 1 / 0, "it raised ZeroDivisionError: division by zero"),
            (lambda _record, _window: 7, "its answer of type int is no `Measurement`"),
        ],
    )
    def test_one_that_cannot_measure_is_named_and_nothing_is_written(
        self, told: MemoryStore, tmp_path: Path, measure: Any, problem: str
    ) -> None:
        """A report with a hole in it would look whole."""
        broken = QualityAttribute(name="broken", family="x", measure=measure)
        with pytest.raises(UnusableInputError) as found:
            report(told, tmp_path, attributes=[broken])
        assert "broken" in str(found.value)
        assert problem in str(found.value)
        assert not (tmp_path / "out").exists()

    def test_a_name_of_the_librarys_own_is_refused(self, told: MemoryStore, tmp_path: Path) -> None:
        taken = QualityAttribute(name="availability", family="x", measure=paper)
        with pytest.raises(InvalidValueError):
            report(told, tmp_path, attributes=[taken])


def test_the_attributes_are_the_pure_functions(told: MemoryStore, tmp_path: Path) -> None:
    """What the report shows is what anybody measures of the same record."""
    seen: list[ServiceRecord] = []

    def keep(record: ServiceRecord, window: Interval) -> Measurement:
        seen.append(record)
        return paper(record, window)

    found = qualities(told, tmp_path, attributes=[QualityAttribute(name="keep", family="x", measure=keep)])
    (record,) = seen
    assert completion(record.tasks) == found.of("task completion").measurement
    for one in found.evaluations:
        if one.attribute.name != "keep":
            assert evaluate(one.attribute, record, record.window) == one


def test_a_safety_event_is_on_record_once(tmp_path: Path) -> None:
    """The same key again is the same event; another one cannot have its id."""
    store = MemoryStore()
    desk, _ = desk_on(store)
    first = desk.safety.record(Severity.SERIOUS, what="burned", id="s1", item="incident:1", by=BOB, key="k")
    assert desk.safety.record(Severity.SERIOUS, what="burned", id="s1", item="incident:1", by=BOB, key="k").replayed
    assert first.record.severity is Severity.SERIOUS
    with pytest.raises(InvalidValueError, match="on record"):
        desk.safety.record(Severity.MINOR, what="again", id="s1", by=BOB, key="k2")
