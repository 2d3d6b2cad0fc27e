"""Requests, orders, incidents and problems, and what is owed while they last: updates, escalations, surveys."""

from __future__ import annotations

__all__: list[str] = []
