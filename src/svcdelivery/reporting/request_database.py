"""Work product 6, the request database record: which store holds it, and what stands in it.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 6
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from svcdelivery.reporting.performance import Performance
from svcdelivery.reporting.service_log import head_data
from svcdelivery.storage.protocol import Head, Store

__all__ = ["request_database_data"]


def request_database_data(
    store: Store, out: Path, *, tenant: str, performance: Performance, head: Head
) -> dict[str, Any]:
    """Answer what names the store: its kind, its path seen from the report where it has one, its counts and its end."""
    items: dict[str, dict[str, int]] = {}
    for kind, status, number in performance.flow.statuses:
        items.setdefault(kind, {})[status] = number
    return {
        "format": "svcdelivery.request-database/1",
        "kind": _kind(type(store)),
        "path": _seen_from(out, getattr(store, "path", None)),
        "tenant": tenant,
        "items": items,
        "head": head_data(head, tenant=tenant),
    }


def _kind(engine: type) -> str:
    # A store that is still being built is of the kind it is built as.
    name = next(one.__name__ for one in engine.__mro__ if not one.__name__.startswith("_"))
    return re.sub(r"_?store$", "", re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())


def _seen_from(out: Path, path: object) -> str | None:
    # Relative, so that report and store may be moved together, and no report tells of the machine it was made on.
    if not isinstance(path, str | os.PathLike):
        return None
    try:
        return Path(os.path.relpath(path, out)).as_posix()
    except ValueError:
        return Path(path).name
