"""The commands that judge: explanations in every form, comparisons, drafts tried on a store, schemas, checks by day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.agreement.document import agreement_schema
from svcdelivery.cli.main import main
from svcdelivery.clock import Comparison, Explanation, comparison_schema, explanation_schema
from tests.cli.test_commands import AGREEMENT, LOG, PROFILE, run
from tests.json_schema import faults

DRAFT = (
    AGREEMENT.replace("{id: shop, customer: shop}", "{id: shop, customer: shop, revision: 2}")
    .replace("targets:", "credits: {currency: EUR}\ntargets:")
    .replace("PT4H", "PT8H")
    .replace("pause_on: [customer]", "credit: {per: breach, steps: [{late: PT0S, credit: 50}]}")
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with an agreement, a draft of another, and a store of one incident that was resolved too late."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("shop.yaml", AGREEMENT), ("draft.yaml", DRAFT), ("small.yaml", PROFILE), ("log.csv", LOG)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    replay = ["replay", "log.csv", "--profile", "small.yaml", "--agreement", "shop.yaml", "--store", "s.db"]
    assert main(replay) == 0
    capsys.readouterr()
    return tmp_path


@pytest.mark.usefixtures("store")
class TestExplain:
    def test_its_json_keeps_to_the_schema_and_reads_back(self, capsys: pytest.CaptureFixture[str]) -> None:
        """--json and --format json say the same."""
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--json")
        (data,) = json.loads(out)
        assert code == 0
        assert faults(explanation_schema(), data, "") == []
        assert Explanation.from_data(data).to_data() == data
        assert run(capsys, "explain", "s.db", "INC1", "--format", "json")[1] == out

    def test_html_is_a_whole_page(self, capsys: pytest.CaptureFixture[str]) -> None:
        """To be written to a file and opened."""
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--format", "html")
        assert code == 0
        assert out.startswith("<!DOCTYPE html>")
        assert "INC1 in s.db" in out
        assert "resolution BREACHED" in out

    def test_since_says_what_changed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """From ten o'clock to the end: the clock was stopped, its verdict turned, its due time stayed."""
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--since", "2026-01-05T10:00:00Z")
        assert code == 0
        assert out.startswith("resolution: due stays at Mon 2026-01-05 13:00:00\n")
        assert "open (running) → breached (stopped)" in out

    def test_under_another_agreement_it_says_what_moved_the_due_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Its goal has the share; as JSON it keeps to the schema."""
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--under", "draft.yaml")
        assert code == 0
        assert "due moved 4:00:00 later, from Mon 2026-01-05 13:00:00 to Mon 2026-01-05 17:00:00" in out
        assert "shop revision 1 → shop revision 2" in out
        assert "within 4:00:00 → within 8:00:00" in out
        (data,) = json.loads(run(capsys, "explain", "s.db", "INC1", "--under", "draft.yaml", "--json")[1])
        assert faults(comparison_schema(), data, "") == []
        assert Comparison.from_data(data).to_data() == data
        assert (
            "due moved 4:00:00 later"
            in run(capsys, "explain", "s.db", "INC1", "--under", "draft.yaml", "--format", "html")[1]
        )

    def test_as_known_leaves_aside_what_was_recorded_later(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Before the log was taken in nothing was known."""
        code, out, _ = run(capsys, "explain", "s.db", "INC1", "--at", "2026-01-05T10:00:00Z", "--as-known")
        assert (code, out) == (0, "no clock: no agreement on record covers this item\n")
        known = run(capsys, "explain", "s.db", "INC1", "--as-known")
        assert known == run(capsys, "explain", "s.db", "INC1")

    @pytest.mark.parametrize(
        "wrong",
        [
            ["--since", "2026-01-05T10:00:00Z", "--under", "draft.yaml"],
            ["--since", "yesterday"],
            ["--under", "missing.yaml"],
            ["--format", "pdf"],
        ],
    )
    def test_wrong_use_is_one_line(self, capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
        """And exit code 2."""
        code, out, err = run(capsys, "explain", "s.db", "INC1", *wrong)
        assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.usefixtures("store")
class TestDiff:
    def test_it_says_which_terms_verdicts_shares_and_credits_differ(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The incident was late under four hours and is not under eight."""
        code, out, err = run(capsys, "diff", "shop.yaml", "draft.yaml", "--store", "s.db")
        assert (code, err) == (0, "")
        assert "targets.resolution.goal.duration: PT4H → PT8H" in out
        assert "  resolution  0.00 % (0 of 1) → 100.00 % (1 of 1)\n" in out
        assert "  all         owed nothing → 0.00 EUR\n" in out
        assert "1 verdict changes of 1" in out
        assert "incident:INC1  resolution  breached → met, due 2026-01-05T12:00:00Z → 2026-01-05T16:00:00Z" in out

    def test_the_other_way_round_credits_are_owed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A stricter draft owes."""
        (self_draft := Path("strict.yaml")).write_text(DRAFT.replace("PT8H", "PT2H"), encoding="utf-8")
        data = json.loads(run(capsys, "diff", "draft.yaml", str(self_draft), "--store", "s.db", "--json")[1])
        assert data["agreements"] == {"before": "shop revision 2", "after": "shop revision 2"}
        assert (data["before"]["owed"], data["after"]["owed"]) == ({"EUR": "0.00"}, {"EUR": "50.00"})
        assert data["changed"] == [{"before": "met", "after": "breached", "clocks": 1}]

    def test_a_target_of_one_side_alone_has_no_clock_on_the_other(self, capsys: pytest.CaptureFixture[str]) -> None:
        """What nothing was promised for is not judged."""
        text = AGREEMENT.replace("{resolution: {measure: resolution,", "{repair: {measure: resolution,")
        Path("renamed.yaml").write_text(text, encoding="utf-8")
        out = run(capsys, "diff", "shop.yaml", "renamed.yaml", "--store", "s.db")[1]
        assert "  repair      no clock → 0.00 % (0 of 1)" in out
        assert "  resolution  0.00 % (0 of 1) → no clock" in out
        assert "0 verdicts change of 1" in out

    def test_an_agreement_with_itself_changes_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        """No term, no verdict."""
        data: dict[str, Any] = json.loads(run(capsys, "diff", "shop.yaml", "shop.yaml", "--store", "s.db", "--json")[1])
        assert (data["terms"], data["changed_count"], data["items"], data["left_out"]) == ([], 0, 1, 0)

    def test_items_of_other_agreements_are_left_out(self, capsys: pytest.CaptureFixture[str]) -> None:
        """And counted."""
        for name in ("other.yaml", "other2.yaml"):
            Path(name).write_text(AGREEMENT.replace("id: shop", "id: other"), encoding="utf-8")
        out = run(capsys, "diff", "other.yaml", "other2.yaml", "--store", "s.db")[1]
        assert "0 items judged" in out
        assert "1 of other agreements left out" in out

    def test_of_many_changes_some_are_listed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """--limit says how many; the count stays."""
        out = run(capsys, "diff", "shop.yaml", "draft.yaml", "--store", "s.db", "--limit", "0")[1]
        assert "1 verdict changes of 1" in out
        assert "… 1 more" in out

    @pytest.mark.parametrize(
        "arguments",
        [
            ["shop.yaml", "draft.yaml"],
            ["shop.yaml", "--store", "s.db"],
            ["shop.yaml", "missing.yaml", "--store", "s.db"],
            ["shop.yaml", "draft.yaml", "--store", "missing.db"],
            ["shop.yaml", "draft.yaml", "--store", "s.db", "--at", "now"],
            ["shop.yaml", "draft.yaml", "--store", "s.db", "--limit", "-1"],
            ["shop.yaml", "draft.yaml", "--store", "s.db", "--tenant", "nobody"],
        ],
        ids=" ".join,
    )
    def test_wrong_use_is_one_line(self, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
        """And exit code 2, with nothing on standard output."""
        code, out, err = run(capsys, "diff", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)

    def test_a_document_with_mistakes_tells_each_in_a_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        """With its place, and exit code 2: there is nothing to compare."""
        Path("bad.yaml").write_text(AGREEMENT.replace("PT4H", "4 hours"), encoding="utf-8")
        code, out, err = run(capsys, "diff", "shop.yaml", "bad.yaml", "--store", "s.db")
        assert (code, out) == (2, "")
        assert err.startswith("bad.yaml:7:")


class TestSchema:
    @pytest.mark.parametrize(
        ("name", "schema"),
        [("agreement", agreement_schema), ("explanation", explanation_schema), ("comparison", comparison_schema)],
    )
    def test_it_prints_the_schema(self, capsys: pytest.CaptureFixture[str], name: str, schema: Any) -> None:
        """As JSON, whether asked for or not."""
        for arguments in ([name], [name, "--json"]):
            code, out, _ = run(capsys, "schema", *arguments)
            assert (code, json.loads(out)) == (0, schema())
        assert json.loads(run(capsys, "schema")[1]) == agreement_schema()

    def test_an_unknown_one_is_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        """That names those there are."""
        code, out, err = run(capsys, "schema", "house")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "explanation" in err


class TestCheck:
    ENDING = AGREEMENT.replace('"09:00-17:00"]}', '"09:00-17:00"]}, covers: 2026')

    @pytest.mark.parametrize(("at", "warnings"), [("2026-06-01", 0), ("2026-11-15", 1)])
    def test_lists_that_run_out_are_told_within_90_days(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str, warnings: int
    ) -> None:
        """Of the day given with --at, else of today."""
        path = tmp_path / "shop.yaml"
        path.write_text(self.ENDING, encoding="utf-8")
        code, out, _ = run(capsys, "check", str(path), "--at", at, "--json")
        problems = json.loads(out)
        assert code == 0
        assert [(p["code"], p["severity"], p["line"]) for p in problems] == [("SVC-W009", "warning", 5)] * warnings

    def test_mistakes_are_told_apart_from_warnings(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """By code, by severity, and by the exit code."""
        path = tmp_path / "bad.yaml"
        path.write_text(AGREEMENT.replace("PT4H", "4 hours"), encoding="utf-8")
        code, out, _ = run(capsys, "check", str(path), "--json")
        assert code == 1
        assert {p["severity"] for p in json.loads(out)} == {"mistake"}

    def test_a_day_that_is_none_is_one_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """With what would be accepted."""
        code, out, err = run(capsys, "check", "x.yaml", "--at", "soon")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "such as 2026-10-01" in err
