"""The command line: wiring and printing only."""

from __future__ import annotations

__all__: list[str] = []
