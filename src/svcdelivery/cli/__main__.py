"""Lets `python -m svcdelivery.cli` run the command line."""

from __future__ import annotations

import sys

from svcdelivery.cli.main import main

__all__: list[str] = []

sys.exit(main())
