"""The desk over each store that ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from svcdelivery.storage.protocol import Store
from tests.desk.world import World, stores


@pytest.fixture(params=list(stores))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new, empty store."""
    opened = stores[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store) -> World:
    """A desk with an agreement on record."""
    return World(store)
