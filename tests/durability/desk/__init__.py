"""A nemesis for the desk: writers give it commands and are killed, and what they were told is there."""

from __future__ import annotations

from tests.durability.desk.checker import check_desk
from tests.durability.desk.play import Asked, command_of, open_desk
from tests.durability.desk.writer import DESK, write

__all__ = ["DESK", "Asked", "check_desk", "command_of", "open_desk", "write"]
