"""Real programs under the desk: started in order, one killed, missed, restarted by procedure, accounted for."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from svcdelivery.adapters.process import HttpHealth, ProcessDriver, Program
from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk import ServiceDesk
from svcdelivery.quality import Outage, agreed_time, availability, mean_time_to_restore
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.protocol import Store
from svcdelivery.system import Act, Component, ComponentStatus, OnFailure, Procedure, ProcedureStep, RunStatus
from svcdelivery.system.monitoring import AbsenceDetector, MonitoringRule, Sample
from svcdelivery.timeline import Interval
from svcdelivery.work import Resolved
from tests.desk.world import BOB, DIRECTORY, MONDAY, OLGA, HeldTime, revision, stores

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"well")
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
MINUTE = timedelta(minutes=1)
COMPONENTS = [
    Component(id="web", depends_on=["api"], services=["email"], driver="process"),
    Component(id="api", depends_on=["db"], driver="process"),
    Component(id="db", driver="process"),
]
RESTART = Procedure(
    id="restart-api",
    title="Restart the interface",
    resolves=True,
    steps=[
        ProcedureStep(id="stop", instruction="Stop it", act=Act(verb="stop", component="api")),
        ProcedureStep(id="start", instruction="Start it", act=Act(verb="start", component="api"), expects="well"),
        ProcedureStep(
            id="check",
            instruction="See whether the web is well",
            act=Act(verb="check", component="web"),
            expects="200",
            on_failure=OnFailure.ABORT,
        ),
    ],
)


def silence(component: str) -> MonitoringRule:
    """Answer the rule that nothing may be silent for longer than three minutes."""
    return MonitoringRule(
        id=component,
        probe=component,
        detection=AbsenceDetector(longest=3 * MINUTE),
        agreement="acme-1",
        service="email",
        requester="ann",
        component=component,
        procedure="restart-api" if component == "api" else "",
    )


@contextmanager
def kept_port() -> Iterator[int]:
    """Lend a port that nobody else is given meanwhile: a server that reuses addresses may listen at it all the same."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]


@pytest.fixture
def driver() -> Iterator[ProcessDriver]:
    programs = {}
    with ExitStack() as ports:
        for component in COMPONENTS:
            port = ports.enter_context(kept_port())
            command = (sys.executable, "-c", SERVER, str(port))
            health = HttpHealth(url=f"http://127.0.0.1:{port}/", timeout_seconds=60)
            programs[component.id] = Program(command=command, health=health, start_seconds=60, stop_seconds=60)
        made = ProcessDriver(programs)
        yield made
        made.close()


@pytest.mark.parametrize("kind", stores)
def test_a_component_that_falls_silent_is_restarted_and_accounted_for(
    kind: str, driver: ProcessDriver, tmp_path: Path
) -> None:
    store: Store = stores[kind](tmp_path)
    time = HeldTime(MONDAY)
    desk = ServiceDesk(store, time=time, directory=DIRECTORY, drivers={"process": driver})
    desk.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="agreement")
    for component in COMPONENTS:
        desk.components.register(component, by=OLGA, key=f"register {component.id}")
    desk.procedures.register(RESTART, by=OLGA, key="procedure")

    started = desk.components.start(by=BOB, key="up")
    assert [(state.id, state.status) for state in started] == [
        (id, ComponentStatus.RUNNING) for id in ("db", "api", "web")
    ]

    # Every minute each component is asked; the one that is killed has nothing to say any more.
    for component in COMPONENTS:
        desk.monitoring.set_rule(silence(component.id), by=OLGA, key=f"rule {component.id}")

    def measure() -> None:
        well = [one.id for one in COMPONENTS if driver.is_healthy(one).ok]
        at = time.now()
        told = [Sample(id=f"{id} {at.isoformat()}", probe=id, at=at, value=1) for id in well]
        desk.monitoring.record(told, by=BOB, key=f"samples {at.isoformat()}")
        desk.watch.run()
        time.advance(minutes=1)

    for _ in range(10):
        measure()
    last_seen = time.now() - MINUTE
    process = driver._running["api"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(6):
        measure()

    # The alert is an incident under the agreement, once however often it is looked.
    alerts = {one.id: desk.monitoring.get(one.id).alerts for one in COMPONENTS}
    assert {id: len(found) for id, found in alerts.items()} == {"api": 1, "db": 0, "web": 0}
    (alert,) = alerts["api"]
    assert alert.detail == "no data for longer than PT3M"
    (found,) = desk.incidents.find().items
    assert (found.id, found.service, found.agreement) == (alert.incident, "email", "acme-1")
    incident = found.id
    desk.components.note("api", "fail", detail=alert.detail, by=BOB, key=f"note {alert.key}")
    assert desk.components.system().services_of("api") == ("email",)
    desk.incidents.assign(incident, team="operations", assignee="bob", by=BOB, key="assign")
    desk.incidents.start(incident, by=BOB, key="start")

    time.advance(minutes=4)
    ((rule, proposed),) = desk.monitoring.proposals()
    taken = desk.monitoring.accept(rule, proposed.key, by=BOB, key="restart").record
    run = desk.procedures.run(taken.alert(proposed.key).run)
    assert run.status is RunStatus.FINISHED
    assert run.done == ("stop", "start", "check")
    assert desk.components.get("api").status is ComponentStatus.RUNNING
    restored = time.now()
    outcome = desk.incidents.resolve(incident, outcome="restarted", run=run.id, by=BOB, key="resolve")
    assert outcome.record.run == run.id
    assert [fact.body.run for fact in outcome.facts if isinstance(fact.body, Resolved)] == [run.id]
    assert run.item == f"incident:{incident}"
    measure()
    assert desk.monitoring.get("api").open_alerts == ()
    assert len(desk.incidents.find().items) == 1

    # From the last sample before its death to the end of the restart: eleven minutes of one hour.
    hour = Interval(MONDAY, MONDAY + timedelta(hours=1))
    outage = Outage(id=incident, began_at=last_seen, detected_at=alert.began_at, restored_at=restored)
    length = datetime.__sub__(restored, last_seen)
    assert length == 11 * MINUTE
    assert availability(agreed_time(hour), [outage]).value == Fraction(49, 60)
    assert mean_time_to_restore(hour, [outage]).value == length

    stopped = desk.components.stop("db", by=BOB, key="down")
    assert [state.id for state in stopped] == ["web", "api", "db"]
    with store.unit(desk.tenant, write=False) as unit:
        report = verify(entries_of(unit.feed), desk.tenant, head=unit.feed.head())
        kinds = {entry.type for entry in entries_of(unit.feed)}
    assert report.sound
    assert {"component.changed/1", "procedure.step_done/1", "incident.resolved/1", "monitoring.alert_raised/1"} <= kinds
