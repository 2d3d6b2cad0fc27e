"""`python -m benchmarks [NAME...]` runs the named modules of this folder, or all, and fails when a ratio misses."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

import benchmarks
from benchmarks.harness import render

if TYPE_CHECKING:
    from benchmarks.harness import Row

__all__ = ["main"]

_OURS = {"__main__", "harness"}


def main(names: list[str]) -> int:
    """Run the rows of each module and print them as they come.

    Returns:
        0 when every ratio holds, 1 when one misses, 2 when a name is not known.
    """
    known = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in _OURS)
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)}; known: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    every: list[Row] = []
    for name in names or known:
        module = importlib.import_module(f"benchmarks.{name}")
        # A module without rows helps others, or is run by a command of its own.
        if not hasattr(module, "rows"):
            continue
        rows: list[Row] = module.rows()
        every += rows
        print(f"# {name}\n{render(rows)}\n", flush=True)
    missed = [row.name for row in every if not row.holds]
    told = f"; missed: {', '.join(missed)}" if missed else ""
    print(f"{len(every) - len(missed)} of {len(every)} ratios hold{told}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
