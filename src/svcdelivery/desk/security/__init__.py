"""Access, breaches, vulnerabilities and security incidents."""

from __future__ import annotations

__all__: list[str] = []
