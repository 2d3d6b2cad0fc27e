"""What the engines that speak SQL share: tables, statements, and the parts of a unit over any connection."""

from __future__ import annotations

__all__: list[str] = []
