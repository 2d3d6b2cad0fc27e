"""Adapters: the host's world behind the ports of the core; ask for them by module."""

from __future__ import annotations

__all__: list[str] = []
