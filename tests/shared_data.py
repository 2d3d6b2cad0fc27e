"""Finds the large public data that lie beside the repository, or says by name what is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["shared_file", "shared_folder"]

_REPOSITORY = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """Answer the folder that `SVCDELIVERY_SHARED` names, else `shared` beside the repository; it need not exist."""
    named = os.environ.get("SVCDELIVERY_SHARED")
    return Path(named) if named else _REPOSITORY.parent / "shared"


def shared_file(name: str) -> Path:
    """Answer the path of that file or folder, for instance `data/boston_311_2015.csv.gz`.

    Without it the calling test is left out by name, or fails where `CI` or `SVCDELIVERY_CI` is set: there, nothing may
    pass by being absent.
    """
    path = shared_folder() / name
    if path.exists():
        return path
    reason = f"shared data missing: {name} (set SVCDELIVERY_SHARED to the folder that holds it)"
    if os.environ.get("CI") or os.environ.get("SVCDELIVERY_CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
