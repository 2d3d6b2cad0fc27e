"""The service system: components, procedures, thresholds, training, readiness, maintenance, standing requests."""

from __future__ import annotations

__all__: list[str] = []
