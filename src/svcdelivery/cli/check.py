"""`svcdelivery check`: what is wrong in agreement documents, and what is worth a second look."""

from __future__ import annotations

import click
from attrs import asdict

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.exchange.agreements import check_agreement

__all__ = ["command"]


@click.command("check")
@click.argument("agreements", nargs=-1, required=True, metavar="AGREEMENT...")
@click.option("--strict", is_flag=True, help="Treat warnings like mistakes.")
@json_option
def command(agreements: tuple[str, ...], *, strict: bool, as_json: bool) -> int:
    """Say what is wrong in agreement documents, every problem with its place.

    Exit code 1 when there are mistakes; with --strict also for warnings.
    """
    today = SystemTime().now().date()
    problems = [problem for path in agreements for problem in check_agreement(path, today=today)]
    if as_json:
        say_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            say(str(problem))
        mistakes = sum(not problem.is_warning for problem in problems)
        say(f"{len(agreements)} checked: {mistakes} mistakes, {len(problems) - mistakes} warnings")
    return int(any(strict or not problem.is_warning for problem in problems))
