"""What a terminal shows of explanations and comparisons."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from rich.console import Console

from svcdelivery.cli.main import main
from svcdelivery.cli.terminal import compared, explained
from svcdelivery.clock import Comparison, Explanation
from svcdelivery.testing.strategies import Story, stories
from tests.cli.test_commands import AGREEMENT, LOG, PROFILE
from tests.reporting import test_explanations


def shown(renderable: Any, width: int = 250) -> str:
    out = StringIO()
    Console(file=out, width=width, color_system="truecolor", force_terminal=True).print(renderable)
    return out.getvalue()


@settings(max_examples=20)
@given(stories())
def test_every_span_has_a_row(story: Story) -> None:
    """With its kind, reason, rule and whoever caused it."""
    for reading in story.readings():
        explanation = reading.explanation
        text = shown(explained(explanation))
        assert explanation.headline in text
        for span in explanation.spans:
            assert span.reason in text
            assert span.rule in text
            assert span.actor in text


def test_a_comparison_has_a_row_for_each_difference() -> None:
    """With its share of the move."""
    *_, comparison = test_explanations.explained()
    assert isinstance(comparison, Comparison)
    text = shown(compared(comparison))
    assert comparison.headline in text
    assert all(difference.cause.value in text for difference in comparison.differences)
    assert "19:00:00 later" in text


def test_markup_in_names_stays_text() -> None:
    """A reason in brackets is no style."""
    (one, *_) = test_explanations.explained()
    assert isinstance(one, Explanation)
    spans = (evolve(one.spans[0], reason="[red]not red[/red]"), *one.spans[1:])
    assert "[red]not red[/red]" in shown(explained(evolve(one, spans=spans)))


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a matter of POSIX")
def test_the_command_shows_a_table_where_a_person_looks_at_it(tmp_path: Path) -> None:
    """On a terminal in columns with heads; into a pipe as plain lines."""
    import pty

    for name, text in (("shop.yaml", AGREEMENT), ("small.yaml", PROFILE), ("log.csv", LOG)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = {name: str(tmp_path / name) for name in ("shop.yaml", "small.yaml", "log.csv", "s.db")}
    replay = ["replay", paths["log.csv"], "--profile", paths["small.yaml"], "--agreement", paths["shop.yaml"]]
    assert main([*replay, "--store", paths["s.db"]]) == 0
    command = [sys.executable, "-m", "svcdelivery.cli", "explain", paths["s.db"], "INC1"]
    outer, inner = pty.openpty()
    environment = {**os.environ, "COLUMNS": "160", "TERM": "xterm"}
    with subprocess.Popen(command, stdout=inner, env=environment) as process:
        os.close(inner)
        text = _all_of(outer)
    os.close(outer)
    assert process.returncode == 0
    assert "resolution BREACHED" in text
    assert "reason" in text
    piped = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    assert "\x1b" not in piped
    assert "; target resolution" in piped


def _all_of(terminal: int) -> str:
    """Answer what comes, in as many pieces as it does, until nobody can write any more."""
    said = b""
    # The end is an error on Linux.
    with suppress(OSError):
        while piece := os.read(terminal, 65_536):
            said += piece
    return said.decode()
