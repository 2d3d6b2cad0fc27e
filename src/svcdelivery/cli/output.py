"""What commands print: text for people, JSON for programs, progress on the error stream."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from svcdelivery.timeline import format_duration, format_instant

__all__ = ["json_option", "say", "say_json", "shown_share", "told_progress"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def say(text: str = "") -> None:
    """Print a line, with control characters escaped so that one record stays one line."""
    click.echo("".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text))


def say_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, timedelta):
        return format_duration(value)
    return str(value)


def shown_share(share: Fraction | None) -> str:
    """Answer a share as percent with two digits, or that there is nothing to share."""
    return "no data" if share is None else f"{float(share) * 100:.2f} %"


@contextmanager
def told_progress(label: str, *, silent: bool) -> Iterator[Callable[[int, int | None], None] | None]:
    """Show how far a long piece of work is, on the error stream and only where a person looks at it."""
    if silent or not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
