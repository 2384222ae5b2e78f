"""The rooms import in one direction only, heavy libraries wait, modules say what they are."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import molattn

PACKAGE = Path(molattn.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# A room may import from rooms of a lower level, and from itself.
LEVEL = {
    "errors": 0,
    "resources": 0,
    "structure": 1,
    "pose": 2,
    "graph": 2,
    "model": 3,
    "train": 4,
    "predict": 4,
    "explain": 5,
    "screen": 5,
    "evaluate": 5,
    "cli": 6,
}
TEST_KIT_MAY_IMPORT = {"errors", "resources", "structure", "graph", "model", "testing"}
HEAVY = ("torch", "torch_geometric", "pytorch_lightning", "e3nn", "pandas", "biotite", "scipy")


def identify(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def room_of(path: Path, package: Path) -> str:
    """Return the room a file belongs to; "" for the package's own __init__."""
    first = path.relative_to(package).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imported_rooms(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield (room, line) of every import from molattn, wherever in the file it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "molattn" and len(parts) > 1 and not parts[1].startswith("__"):
                yield parts[1], node.lineno


def violations(path: Path, package: Path = PACKAGE) -> list[str]:
    """Return one line for every import that the order of rooms forbids."""
    here = room_of(path, package)
    found = []
    for room, line in imported_rooms(ast.parse(path.read_text(encoding="utf-8"))):
        if here == "testing":
            allowed = room in TEST_KIT_MAY_IMPORT
        else:
            allowed = room == here or LEVEL.get(room, 99) < LEVEL.get(here, -1)
        if not allowed:
            found.append(f"{path.name}:{line} molattn.{here} imports molattn.{room}")
    return found


@pytest.mark.parametrize("path", [p for p in MODULES if p != PACKAGE / "__init__.py"], ids=identify)
def test_a_room_imports_only_from_rooms_below(path: Path) -> None:
    assert violations(path) == []


@pytest.mark.parametrize(
    ("room", "line", "forbidden"),
    [
        ("structure", "from molattn.graph import build_graph", True),
        ("graph", "from molattn.pose.place import place", True),
        ("predict", "    import molattn.train", True),
        ("predict", "from molattn import cli", True),
        ("model", "from molattn.testing import assert_invariant", True),
        ("testing", "from molattn.predict import Predictor", True),
        ("testing", "from molattn.model import network", False),
        ("cli", "from molattn.structure import read_protein", False),
        ("graph", "from molattn.errors import InputError", False),
        ("train", "from molattn import __version__", False),
    ],
)
def test_the_checker_sees_what_it_should(
    tmp_path: Path, room: str, line: str, forbidden: bool
) -> None:
    path = tmp_path / room / "planted.py"
    path.parent.mkdir()
    path.write_text(f"def use() -> None:\n    {line.strip()}\n", encoding="utf-8")
    assert bool(violations(path, tmp_path)) is forbidden


def test_every_room_is_known() -> None:
    rooms = {room_of(path, PACKAGE) for path in MODULES} - {""}
    assert rooms <= {*LEVEL, "testing"}


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_a_module_says_what_it_is(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, f"{identify(path)} has no docstring"
    assert text.splitlines()[0].strip()[-1] in ".:", "the first line is a sentence"


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules loaded in a fresh interpreter once ``code`` has run."""
    report = "import sys; sys.stderr.write('\\n'.join({n.split('.')[0] for n in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines())


def test_import_molattn_loads_nothing_heavy() -> None:
    assert not loaded_after("import molattn").intersection(HEAVY)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom molattn.cli.app import main\nsys.argv = ['molattn', '--help']\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code"
    )
    assert not loaded_after(code).intersection(HEAVY)


def test_help_answers_in_under_half_a_second() -> None:
    """Processor time, the best of three: the load of the machine does not count."""
    command = [str(Path(sys.executable).parent / "molattn"), "--help"]
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.5


def test_every_public_name_can_be_imported() -> None:
    missing = [name for name in molattn.__all__ if not hasattr(molattn, name)]
    assert missing == []
    assert sorted(molattn._ROOM_OF) == sorted(molattn.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'bind'"):
        molattn.bind  # noqa: B018


@pytest.mark.parametrize("room", ["", ".predict", ".screen", ".explain"])
def test_no_name_that_is_imported_late_is_hidden_by_a_module(room: str) -> None:
    package = importlib.import_module(f"molattn{room}")
    modules = {found.name for found in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(package.__all__)
