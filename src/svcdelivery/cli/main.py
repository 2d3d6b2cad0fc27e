"""Where the command line begins and ends: one line for each error, and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from svcdelivery.errors import DocumentError, ServiceDeliveryError, quoted

__all__ = ["main"]

OK, FINDINGS, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code: 0 for success, 1 for findings, 2 for wrong use or unusable input."""
    try:
        import click
    except ImportError:
        return _complain("the command line needs the extra `cli`: pip install 'svcdelivery[cli]'")
    from svcdelivery.cli.app import ClosedPipeError, app

    try:
        code = app.main(args=None if arguments is None else list(arguments), standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stdout.write(error.format_message() + "\n")
        return WRONG_USE
    except click.ClickException as error:
        return _complain(" ".join(error.format_message().split()))
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except DocumentError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        return WRONG_USE
    except ServiceDeliveryError as error:
        return _complain(str(error))
    except (ClosedPipeError, BrokenPipeError):
        # Whoever read us has closed the pipe; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        where = f"{quoted(error.filename)}: " if error.filename else ""
        return _complain(f"{where}{(error.strerror or str(error)).lower()}")


def _complain(message: str) -> int:
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in message)
    sys.stderr.write(f"svcdelivery: {shown}\n")
    return WRONG_USE
