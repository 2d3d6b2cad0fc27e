"""`svcdelivery check`: what is wrong in documents, and what is worth a second look."""

from __future__ import annotations

from datetime import date

import click
from attrs import asdict

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.errors import InvalidValueError, Problem
from svcdelivery.exchange.checking import check_documents

__all__ = ["command"]


@click.command("check")
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...")
@click.option("--strict", is_flag=True, help="Treat warnings like mistakes.")
@click.option("--at", metavar="DATE", help="The day to judge from, such as 2026-10-01; by default today.")
@json_option
def command(documents: tuple[str, ...], *, strict: bool, at: str | None, as_json: bool) -> int:
    """Say what is wrong in agreements, procedures and delivery approaches, every problem with its place.

    Mistakes have codes with a D: the document cannot be used. Warnings have codes with a W: it can be used, and is
    hardly meant as it stands. An approach is held against its agreement and the procedures given with it. Exit code 1
    when there are mistakes; with --strict also for warnings.
    """
    day = SystemTime().now().date() if at is None else _day(at)
    problems = check_documents(documents, today=day)
    if as_json:
        say_json([{**asdict(problem), "severity": _severity(problem)} for problem in problems])
    else:
        for problem in problems:
            say(str(problem))
        mistakes = sum(not problem.is_warning for problem in problems)
        warnings = len(problems) - mistakes
        said = f"{mistakes} mistake{'s' * (mistakes != 1)}, {warnings} warning{'s' * (warnings != 1)}"
        say(f"{len(documents)} checked: {said}")
    return int(any(strict or not problem.is_warning for problem in problems))


def _severity(problem: Problem) -> str:
    return "warning" if problem.is_warning else "mistake"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidValueError(what="a date", value=text, path="--at", hint="such as 2026-10-01") from error
