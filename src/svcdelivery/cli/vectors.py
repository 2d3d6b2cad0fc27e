"""`svcdelivery vectors`: language-neutral test vectors against this library."""

from __future__ import annotations

import click

from svcdelivery.cli.output import json_option, say, say_json, told_progress
from svcdelivery.testing.vectors import run_vectors

__all__ = ["command"]


@click.command("vectors")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@json_option
def command(paths: tuple[str, ...], *, as_json: bool) -> int:
    """Run the vectors in files and folders; a line per failure, and last how many passed, failed and were skipped.

    Exit code 1 when one fails.
    """
    with told_progress("vectors", silent=as_json) as progress:
        report = run_vectors(paths, progress=progress)
    if as_json:
        say_json(report.plain())
    else:
        for line in report.lines():
            say(line)
    return int(not report.ok)
