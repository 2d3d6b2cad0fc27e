"""The house stands as drawn: floors, doors, a quiet core, and nothing of one machine in the repository."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "svcdelivery"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
SOURCES = {module: ast.parse((PACKAGE / module).read_text(encoding="utf-8")) for module in MODULES}

LOUD_ROOMS = {"cli", "testing", "exchange", "adapters", "reporting", "batch"}
LOUD_STORAGE = {"sqlite", "postgres", "sqlalchemy", "migrations", "aio"}
LOUD_CALLS = {"breakpoint", "compile", "eval", "exec", "input", "open", "print"}

DRIVERS = (
    "numpy pyarrow duckdb ruamel sqlite3 psycopg sqlalchemy statemachine click rich jinja2 plotly hypothesis pytest"
).split()


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the project on the package that lies in that folder."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(sys.argv[1], no_cache=True))"
    command = [sys.executable, "-c", code, str(ROOT / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


class TestContracts:
    def test_the_contracts_are_kept(self) -> None:
        run = lint_imports(PACKAGE.parent)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "0 broken" in run.stdout

    @pytest.mark.parametrize(
        ("module", "text", "told"),
        [
            pytest.param(
                "timeline/planted.py",
                "import svcdelivery.clock",
                "svcdelivery.timeline is not allowed to import svcdelivery.clock",
                id="upward import",
            ),
            pytest.param(
                "documents/planted.py",
                "import svcdelivery.facts",
                "svcdelivery.documents is not allowed to import svcdelivery.facts",
                id="sideways import",
            ),
            pytest.param("helpers.py", "", "- svcdelivery.helpers", id="module without a floor"),
            pytest.param(
                "clock/planted.py",
                "import sqlite3",
                "svcdelivery.clock.planted -> sqlite3",
                id="database in the core",
            ),
            pytest.param(
                "desk/planted.py",
                "from pathlib import Path",
                "svcdelivery.desk.planted -> pathlib",
                id="files in the core",
            ),
            pytest.param(
                "storage/codec.py",
                "import os",
                "svcdelivery.storage.codec -> os",
                id="operating system in the codec",
            ),
            pytest.param(
                "work/planted.py",
                "from statemachine import StateChart",
                "svcdelivery.work.planted -> statemachine",
                id="state machine outside its home",
            ),
            pytest.param(
                "desk/planted.py",
                "from svcdelivery.storage.other import Engine",
                "svcdelivery.desk.planted -> svcdelivery.storage.other",
                id="engine in the desk",
            ),
            pytest.param(
                "clock/planted.py",  # `other` imports it already
                "from svcdelivery.clock import other",
                "No cycles are allowed in svcdelivery.clock",
                id="circle inside a room",
            ),
        ],
    )
    def test_a_planted_breach_is_caught(self, tmp_path: Path, module: str, text: str, told: str) -> None:
        house = self._copy(tmp_path)
        (house / "clock" / "other.py").write_text("import svcdelivery.clock.planted\n", encoding="utf-8")
        (house / "storage" / "other.py").write_text('"""An engine."""\n', encoding="utf-8")
        planted = house / module
        planted.write_text(f'"""Planted."""\n{text}\n', encoding="utf-8")
        run = lint_imports(tmp_path)
        assert run.returncode == 1, run.stdout + run.stderr
        assert told in run.stdout

    def _copy(self, folder: Path) -> Path:
        house = folder / "svcdelivery"
        shutil.copytree(PACKAGE, house, ignore=shutil.ignore_patterns("__pycache__"))
        # Rooms that a breach needs and that may not be built yet.
        for room in ("clock", "desk", "documents", "facts", "storage", "work"):
            if not (house / f"{room}.py").exists() and not (house / room / "__init__.py").exists():
                (house / room).mkdir(exist_ok=True)
                (house / room / "__init__.py").write_text('"""Not built yet."""\n', encoding="utf-8")
        return house


class TestCore:
    def test_the_core_calls_nothing_loud(self) -> None:
        """Imports are not the only way out: `open` and `print` need none."""
        loud = [
            f"{module}:{node.lineno} {node.func.id}"
            for module, tree in SOURCES.items()
            if _is_quiet(module)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOUD_CALLS
        ]
        assert loud == []

    def test_importing_the_package_loads_no_driver(self) -> None:
        code = f"import sys, svcdelivery; print(*[name for name in {DRIVERS!r} if name in sys.modules])"
        # Measuring coverage loads a database of its own.
        apart = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
        run = subprocess.run([sys.executable, "-c", code], env=apart, capture_output=True, text=True, check=True)
        assert run.stdout.split() == []


def _is_quiet(module: Path) -> bool:
    room, *inner = module.with_suffix("").parts
    return room not in LOUD_ROOMS and not (room == "storage" and inner[0] in LOUD_STORAGE)


class TestModules:
    def test_every_module_has_a_caption(self) -> None:
        assert [str(module) for module, tree in SOURCES.items() if not ast.get_docstring(tree)] == []

    def test_every_module_lists_what_is_public(self) -> None:
        run = [module for module in SOURCES if module.name != "__main__.py"]  # what is run is not imported from
        assert [str(module) for module in run if "__all__" not in _assigned(SOURCES[module])] == []


def _assigned(tree: ast.Module) -> set[str]:
    single = [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    several = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in [*single, *several] if isinstance(target, ast.Name)}


# -- the repository ----------------------------------------------------------------------------------------------------

# A path counts where one can begin, so that `svcdelivery/work/` and addresses stay out of it.
_BEGIN = r"(?:^|[\s\"'`(=:,<\[])"
MACHINE = re.compile(
    _BEGIN + rf"(?:/(?:root|work|home/\w+|Users/\w+)/|[A-Z]:\\+Users\\|{re.escape(str(ROOT))}\b)", re.MULTILINE
)
HOSTS = re.compile(
    r"pypi\.(?:org|io)|pythonhosted\.org|https?://\S+/simple\b|--(?:extra-)?index-url|--find[-]links|anaconda\.(?:org|com)"
)
LOCKS = {"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "pylock.toml", "package-lock.json"}


class TestRepository:
    def test_no_file_holds_a_path_of_one_machine(self) -> None:
        assert _hits(MACHINE) == []

    def test_no_file_names_a_package_host(self) -> None:
        assert _hits(HOSTS) == []
        assert [str(path) for path in _files() if path.name in LOCKS] == []

    @pytest.mark.parametrize(
        ("pattern", "text"),
        [
            (MACHINE, "see " + "/ho" + "me/ann/notes"),
            (MACHINE, f'path = "{ROOT}"'),
            (HOSTS, "--index" + "-url x"),
            (HOSTS, "https://mirror.example/sim" + "ple"),
        ],
    )
    def test_a_planted_one_is_caught(self, pattern: re.Pattern[str], text: str) -> None:
        assert pattern.search(text)


def _files() -> list[Path]:
    """Answer what is in the repository, or would be after `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip("no git repository here")
    return [ROOT / name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()]


def _hits(pattern: re.Pattern[str]) -> list[str]:
    hits = []
    for path in _files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        hits += [f"{path.relative_to(ROOT)}: {found[0].strip()}" for found in pattern.finditer(text)]
    return hits
