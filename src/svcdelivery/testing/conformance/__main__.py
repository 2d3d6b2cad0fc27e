"""`python -m svcdelivery.testing.conformance MODULE:STORE` puts a store through the kit and prints the report."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from svcdelivery.errors import UnusableInputError
from svcdelivery.testing.conformance import SCENARIOS, check
from svcdelivery.testing.conformance.model import has_hypothesis
from svcdelivery.testing.conformance.opening import places_of
from svcdelivery.testing.conformance.threads import PATIENCE_SECONDS

__all__ = ["main"]

_PATIENCE_MOST = 86_400
_TEXT = """\
STORE is a class or function that opens a store: with a folder, the store that lives there, which finds again what the
folder held before; without arguments, a new and empty one. Each scenario gets a folder of its own.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Put a store through the kit.

    Returns:
        0 when every promise is kept that could be asked for, 1 when one is not. Wrong use, and what does not open a
        store, ends the program with 2 and a line that says what was wrong.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    chosen = tuple(one for one in SCENARIOS if not options.topic or one.topic in options.topic)
    stories = options.stories if has_hypothesis() and not options.topic else 0
    with tempfile.TemporaryDirectory(prefix="svcdelivery-kit-", ignore_cleanup_errors=True) as folder:
        try:
            places = places_of(options.store, Path(folder), patience_seconds=options.patience)
        except UnusableInputError as error:
            parser.error(str(error))
        report = check(places, chosen, stories=stories, first=options.first, patience_seconds=options.patience)
    told = json.dumps(report.as_plain(), ensure_ascii=False, indent=1) if options.json else str(report)
    sys.stdout.write(f"{told}\n")
    return 0 if report.ok else 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """End with one line."""
        self.exit(2, f"error: {message}\n")


def _parser() -> _Parser:
    topics = list(dict.fromkeys(one.topic for one in SCENARIOS))
    parser = _Parser(
        prog="python -m svcdelivery.testing.conformance",
        description="Put a store through the conformance kit.",
        epilog=_TEXT,
    )
    parser.add_argument("store", metavar="MODULE:STORE", help="what opens a store, as in `my_store:MyStore`")
    parser.add_argument("--first", action="store_true", help="end at the first promise that is not kept")
    parser.add_argument("--topic", action="append", choices=topics, metavar="TOPIC", help=", ".join(topics))
    parser.add_argument("--stories", type=_stories, default=25, help="how many the model is told (25); 0 leaves it out")
    parser.add_argument("--patience", type=_patience, default=PATIENCE_SECONDS, help="seconds for anything (30)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _stories(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` is no number of stories (0 or more)")
    return int(text)


def _patience(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _PATIENCE_MOST:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of seconds (more than 0, {_PATIENCE_MOST} at most)")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
