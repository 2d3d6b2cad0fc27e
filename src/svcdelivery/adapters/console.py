"""Notices on a terminal, one line each, for trying things out."""

from __future__ import annotations

import sys
from typing import TextIO

from attrs import define, field

from svcdelivery.escalation.notices import Outgoing

__all__ = ["ConsoleNotifier"]


@define
class ConsoleNotifier:
    """Writes each notice as one line to a stream, standard output if none is given; a repeat is written again."""

    stream: TextIO = field(factory=lambda: sys.stdout)
    channel: str = "console"

    def send(self, notice: Outgoing) -> None:
        """Write the notice."""
        said = " ".join(f"{notice.subject} {notice.text}".split())
        printable = "".join(c if c.isprintable() else "?" for c in said)
        self.stream.write(f"{notice.address}: {printable} [{notice.key}]\n")
