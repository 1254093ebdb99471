"""The house keeps its own rules: names, sizes, settings written down, locks that any machine can use."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

import pytest

from tools import npm_lock

ROOT = Path(__file__).parents[2]
OURS = ("backend", "schema", "storage")
MODULES = [
    path
    for folder in (*OURS, "tests", "tools", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.relative_to(ROOT).parts[:2] and path.stat().st_size
]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> Iterator[Path]:
    """What git knows, or in a copy without git everything that is not generated."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        yield from (ROOT / name for name in listed.stdout.split("\0") if name)
        return
    generated = {".venv", ".lugas", "node_modules", "dist", "__pycache__"}
    yield from (p for p in ROOT.rglob("*") if p.is_file() and not generated & set(p.parts))


@pytest.mark.parametrize("name", OURS)
def test_our_import_names_are_ours_alone(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"lugas"}
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_says_its_purpose_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "the module has no docstring"
    assert text.count("\n") <= 400
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is longer than 60 lines"


def test_names_that_say_nothing_are_not_used() -> None:
    empty = re.compile(r"(Manager|Helper|Utils?|Base)$")
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] in OURS:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
            assert not [name for name in classes if empty.search(name)], named(path)


def settings() -> set[str]:
    """The LUGAS_* names that settings.py reads."""
    text = (ROOT / "backend" / "settings.py").read_text(encoding="utf-8")
    read = re.findall(r"""(?:get\.get\(|get, )["']([A-Z_]+)["']""", text)
    return {f"LUGAS_{name}" for name in read}


@pytest.mark.parametrize("page", [".env.example", "docs/operations.md"])
def test_every_setting_is_written_down_and_nothing_else_is(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    written = set(re.findall(r"\bLUGAS_[A-Z_]+\b", text)) - {
        "LUGAS_URL",
        "LUGAS_CHROMIUM",
        "LUGAS_TEST_DATABASE_URL",
    }
    assert len(settings()) > 10
    assert written == settings()


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    hosts = ("pypi." + "org", "python" + "hosted.org", "registry." + "npmjs.org", "deb." + "debian.org")
    words = "|".join(map(re.escape, hosts))
    pattern = re.compile(rf"(?<![\w.])/(?:work|root|home/[a-z]+|Users/[a-z]+)/[a-z.]|{words}".encode())
    for path in tracked():
        if path.is_file() and not path.is_symlink():
            found = pattern.search(path.read_bytes())
            assert found is None, f"{named(path)}: {found.group().decode() if found else ''}"


def test_no_private_key_is_in_the_repository() -> None:
    pattern = re.compile(rb"BEGIN (RSA |EC |ENCRYPTED )?" + rb"PRIVATE KEY")
    assert [named(p) for p in tracked() if p.is_file() and pattern.search(p.read_bytes())] == []


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_a_lock_holds_a_hash_for_every_package_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|^-|^ +-(?!-hash=sha256:[0-9a-f]{64})", text, re.MULTILINE)
    packages = re.split(r"^(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    packages = [package for package in packages if package.strip()]
    assert packages
    assert all(re.match(r"[a-z0-9.-]+==\S+", p) and "--hash=sha256:" in p for p in packages)


def test_the_dev_lock_holds_everything_of_the_run_lock() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^[a-z0-9.-]+==[^ ;]+", text, re.MULTILINE))

    assert pins("run.lock") < pins("dev.lock")


def test_the_apps_lock_serves_every_system_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "pwa" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert npm_lock.missing(packages) == {}
    assert not [path for path, package in packages.items() if "resolved" in package]


@pytest.mark.parametrize(
    ("package", "floor"),
    [
        ("strawberry-graphql", (0, 315, 7)),
        ("starlette", (0, 49, 1)),
        ("pyjwt", (2, 13, 0)),
        ("tortoise-orm", (0, 16, 6)),
    ],
)
def test_a_package_with_a_known_hole_is_past_it(package: str, floor: tuple[int, ...]) -> None:
    assert tuple(int(part) for part in version(package).split(".")[:3]) >= floor
