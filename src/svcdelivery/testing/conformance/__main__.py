"""`python -m svcdelivery.testing.conformance MODULE:STORE` puts a store through the kit and prints the report."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from svcdelivery.storage.protocol import Store
from svcdelivery.testing.conformance import SCENARIOS, Places, check, in_folders
from svcdelivery.testing.conformance.model import has_hypothesis
from svcdelivery.testing.conformance.threads import PATIENCE_SECONDS

__all__ = ["main"]

_TEXT = """\
STORE is a class or function that opens a store: with a folder, the store that lives there, which finds again what the
folder held before; without arguments, a new and empty one. Each scenario gets a folder of its own.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Put a store through the kit.

    Returns:
        0 when every promise is kept that could be asked for, 1 when one is not.
    """
    options, opens = _parsed(arguments)
    chosen = tuple(one for one in SCENARIOS if not options.topic or one.topic in options.topic)
    stories = options.stories if has_hypothesis() and not options.topic else 0
    with tempfile.TemporaryDirectory(prefix="svcdelivery-kit-", ignore_cleanup_errors=True) as folder:
        places = _places(opens, Path(folder))
        report = check(places, chosen, stories=stories, first=options.first, patience_seconds=options.patience)
    told = json.dumps(report.as_plain(), ensure_ascii=False, indent=1) if options.json else str(report)
    sys.stdout.write(f"{told}\n")
    return 0 if report.ok else 1


def _parsed(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, Callable[..., Store]]:
    topics = list(dict.fromkeys(one.topic for one in SCENARIOS))
    parser = argparse.ArgumentParser(
        prog="python -m svcdelivery.testing.conformance",
        description="Put a store through the conformance kit.",
        epilog=_TEXT,
    )
    parser.add_argument("store", metavar="MODULE:STORE", help="what opens a store, as in `my_store:MyStore`")
    parser.add_argument("--first", action="store_true", help="end at the first promise that is not kept")
    parser.add_argument("--topic", action="append", choices=topics, metavar="TOPIC", help=", ".join(topics))
    parser.add_argument("--stories", type=int, default=25, help="how many the model is told (25); 0 leaves it out")
    parser.add_argument("--patience", type=float, default=PATIENCE_SECONDS, help="seconds for anything (30)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    try:
        return options, _opener(options.store)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        parser.error(f"{options.store}: {error}")


def _opener(text: str) -> Callable[..., Store]:
    module, mark, name = text.partition(":")
    if not (module and mark and name):
        raise ValueError("a store is named as MODULE:STORE")
    # As with any program run by `python -m`, modules beside it can be imported.
    sys.path.insert(0, "")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError("it cannot be called")
    return found  # type: ignore[no-any-return]


def _places(opens: Callable[..., Store], folder: Path) -> Places:
    parameters = inspect.signature(opens).parameters.values()
    required = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    takes_folder = [one for one in required if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return in_folders(opens, folder) if takes_folder else lambda: opens


if __name__ == "__main__":
    sys.exit(main())
