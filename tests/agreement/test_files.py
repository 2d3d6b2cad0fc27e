"""Agreement files: the examples, what is not a file, and positions of warnings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.agreement.document import agreement_schema, parse_agreement
from svcdelivery.documents import CODE_MEANINGS, SIZE_MOST, Code
from svcdelivery.errors import DocumentError, UnusableInputError
from svcdelivery.exchange import check_agreement, load_agreement
from tests.agreement.document_text import DOCUMENT, changed

EXAMPLES = Path(__file__).parents[2] / "examples" / "agreements"


class TestExamples:
    @pytest.mark.parametrize("name", ["acme", "globex"])
    def test_an_example_has_neither_mistakes_nor_warnings(self, name):
        """What users start from is in order."""
        assert check_agreement(EXAMPLES / f"{name}.yaml") == ()

    def test_the_examples_cover_five_services(self):
        """Two customers, five services, four priorities in a matrix of nine."""
        revisions = [load_agreement(EXAMPLES / f"{name}.yaml").revisions[0] for name in ("acme", "globex")]
        assert sorted(s.id for r in revisions for s in r.services) == ["email", "laptop", "payroll", "print", "vpn"]
        for revision in revisions:
            assert revision.priorities.ranked == ("P1", "P2", "P3", "P4")
            assert len(revision.priorities.matrix) == 9
            promised = {target.measure for target in revision.targets}
            assert {"acknowledgement", "first_response", "resolution", "fulfillment", "closure"} == promised


class TestLoading:
    def test_a_file_gives_what_its_text_gives(self, tmp_path):
        """The path adds nothing but the name problems use."""
        path = tmp_path / "acme.yaml"
        path.write_text(DOCUMENT, encoding="utf-8")
        assert parse_agreement(DOCUMENT) == load_agreement(path) == load_agreement(str(path))

    def test_problems_name_the_file(self, tmp_path):
        """An editor can jump to each of them."""
        path = tmp_path / "acme.yaml"
        path.write_text(changed(("within: PT8H", "within: 8h")), encoding="utf-8")
        with pytest.raises(DocumentError) as caught:
            load_agreement(path)
        assert str(caught.value).startswith(
            f"{path}:23:13: SVC-D013 targets.p1-resolution.within: `8h` is not a duration"
        )
        assert caught.value.problems == check_agreement(path)

    def test_warnings_name_the_file_and_the_place(self, tmp_path):
        """A warning points at its key in the text."""
        path = tmp_path / "acme.yaml"
        path.write_text(changed(("entitled: [everybody], ", "")), encoding="utf-8")
        found = [(p.code, p.source, p.line, p.column) for p in check_agreement(path)]
        assert (Code.NOBODY_ENTITLED, str(path), 16, 3) in found
        assert found == sorted(found, key=lambda entry: entry[2:])

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("missing.yaml", "there is no such file"),
            (".", "it is a folder"),
            ("latin.yaml", "line 2 is not UTF-8 text"),
            ("utf16.yaml", "line 1 is not UTF-8 text"),
            ("large.yaml", f"it is larger than {SIZE_MOST} bytes"),
            ("x" * 5000, "it cannot be read"),
            ("a\0b", "it is not the name of a file"),
            ("missing.yaml/x", "there is no such file"),
        ],
    )
    def test_what_is_no_agreement_file_is_one_line(self, tmp_path, name, shown):
        """B095: unusable input is told by name and reason."""
        (tmp_path / "latin.yaml").write_bytes("a: 1\nb: é".encode("latin-1"))
        (tmp_path / "utf16.yaml").write_bytes(DOCUMENT.encode("utf-16"))
        (tmp_path / "large.yaml").write_bytes(b"#" * (SIZE_MOST + 1))
        with pytest.raises(UnusableInputError) as caught:
            load_agreement(tmp_path / name)
        assert shown in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
    def test_a_fifo_or_a_device_is_refused_at_once(self, tmp_path):
        """B095: nobody waits for a writer that never comes, or reads without end."""
        os.mkfifo(tmp_path / "fifo")
        # Whoever opened one of them to read it whole would not come back.
        for path in (tmp_path / "fifo", Path("/dev/zero")):
            with pytest.raises(UnusableInputError, match="no regular file"):
                load_agreement(path)

    def test_importing_the_room_loads_no_yaml(self):
        """YAML is loaded when the first file is."""
        script = "import sys, svcdelivery.exchange.agreements\nprint('ruamel.yaml' in sys.modules)\n"
        shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert shown.strip() == "False"


class TestReference:
    def test_the_page_has_every_code_and_every_key(self):
        """The page for users cannot fall behind the form."""
        page = (EXAMPLES.parents[1] / "docs" / "reference" / "agreement-document.md").read_text(encoding="utf-8")
        assert all(f"| `{code.value}` | {meaning} |" in page for code, meaning in CODE_MEANINGS.items())
        assert not [key for key in _keys(agreement_schema()) if f"`{key}`" not in page]


def _keys(part: Any) -> list[str]:
    if isinstance(part, list):
        return [key for item in part for key in _keys(item)]
    if not isinstance(part, dict):
        return []
    own = list(part["properties"]) if part.get("type") == "object" and "properties" in part else []
    return [key for key in own if key not in ("from", "until")] + [key for item in part.values() for key in _keys(item)]
