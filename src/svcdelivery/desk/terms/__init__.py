"""Agreements, and work that is read again when they change."""

from __future__ import annotations

__all__: list[str] = []
