"""Files and documents of others, in and out."""

from __future__ import annotations

from svcdelivery.exchange.agreements import check_agreement, load_agreement

__all__ = ["check_agreement", "load_agreement"]
