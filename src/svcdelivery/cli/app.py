"""The group of commands; each command's module is loaded when it is run."""

from __future__ import annotations

import keyword
from importlib import import_module
from importlib.metadata import version
from typing import Any

import click

__all__ = ["ClosedPipeError", "app"]

_COMMANDS = {
    "backup": "Write all a store holds to a new SQLite store.",
    "check": "Say what is wrong in agreements, procedures and approaches.",
    "copy": "Copy tenants from one store to another, proved equal.",
    "demo": "Run a quarter of a small provider and write its six work products.",
    "diff": "Say what would have come of a store's items under another agreement.",
    "doctor": "Say what is installed and what is missing.",
    "explain": "Say why an item's clocks stand as they do.",
    "export": "Write all a tenant has to a file.",
    "import": "Take in what `export` wrote.",
    "migrate": "Bring a store up to date with this release.",
    "replay": "Take in another system's log, judge it and report on it.",
    "report": "Write the six work products of a store.",
    "schema": "Print the JSON Schema of a document or an answer.",
    "vectors": "Run language-neutral test vectors.",
    "verify": "Check the hash chain of a store.",
    "watch": "See to what becomes due in a store, and deliver notices.",
}

_MODULES = dict.fromkeys(("backup", "copy", "export", "import", "migrate"), "moving")
"""Commands that share a module; any other has one of its own, and is called `command` there."""


class ClosedPipeError(Exception):
    """Whoever read the output has seen enough."""


class _LazyGroup(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # The library would answer 1, which is what findings are answered with.
            raise ClosedPipeError from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's own signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"svcdelivery.cli.{_MODULES.get(cmd_name, cmd_name)}")
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(module, name if cmd_name in _MODULES else "command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Names and one line each, without loading the commands.
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name]) for name in self.list_commands(ctx)])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("svcdelivery"), "--version", message="svcdelivery %(version)s")
def app() -> None:
    """Operate a service system to deliver services in accordance with service agreements."""
