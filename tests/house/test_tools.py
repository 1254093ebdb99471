"""The tools behind make: Node from the wheel, a lock for every system, and clear words when something lacks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import npm_lock

ROOT = Path(__file__).parents[2]
PARENT: dict[str, Any] = {"version": "1.0.0", "optionalDependencies": {"@x/bin-darwin-arm64": "1.0.0"}}


def run(*command: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Run as a person would, not as a part of the make that may be running these tests."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=cwd, env=plain | env, capture_output=True, text=True, check=False)


def test_a_script_of_npm_finds_the_node_and_npm_of_the_wheel(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(
        json.dumps({"scripts": {"ask": "node --version && npm --version"}})
    )

    done = run(sys.executable, str(ROOT / "tools" / "node.py"), "npm", "run", "--silent", "ask", cwd=tmp_path)

    node, npm = done.stdout.split()
    assert node == "v24.19.0"
    assert npm.split(".")[0] == "11"


def test_node_tells_how_it_is_called() -> None:
    done = run(sys.executable, "tools/node.py", "yarn")
    assert done.returncode == 1
    assert "usage" in done.stderr


def test_a_package_of_another_system_is_written_into_the_lock() -> None:
    packages: dict[str, Any] = {"": {}, "node_modules/x": dict(PARENT)}

    assert npm_lock.complete(packages) == ["@x/bin-darwin-arm64"]

    assert packages["node_modules/@x/bin-darwin-arm64"] == {
        "version": "1.0.0",
        "cpu": ["arm64"],
        "dev": True,
        "optional": True,
        "os": ["darwin"],
    }
    assert npm_lock.missing(packages) == {}


def test_a_musl_build_is_kept_from_glibc_systems() -> None:
    packages: dict[str, Any] = {"node_modules/x": {"optionalDependencies": {"x-linux-x64-musl": "2.0.1"}}}
    npm_lock.complete(packages)
    assert packages["node_modules/x-linux-x64-musl"]["libc"] == ["musl"]


@pytest.mark.parametrize("version", ["^1.0.0", "latest"])
def test_a_version_that_is_not_exact_is_not_guessed(version: str) -> None:
    packages = {"node_modules/x": {"optionalDependencies": {"x-linux-x64-gnu": version}}}
    with pytest.raises(SystemExit, match="run npm install"):
        npm_lock.complete(packages)


def test_a_nested_package_is_found_where_node_looks_for_it() -> None:
    beside = {"node_modules/x": dict(PARENT), "node_modules/x/node_modules/@x/bin-darwin-arm64": {}}
    above = {"node_modules/y/node_modules/x": dict(PARENT), "node_modules/@x/bin-darwin-arm64": {}}
    assert npm_lock.missing(beside) == {}
    assert npm_lock.missing(above) == {}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_says_what_it_can_do_and_what_it_lacks() -> None:
    listed = run("make", "help").stdout
    assert all(f"make {name} " in listed for name in ("run", "test", "check", "demo", "help"))

    done = run("make", "python-is-there", "PYTHON=")

    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr


def test_a_chromium_that_does_not_start_is_named() -> None:
    done = run(sys.executable, "tools/system.py", "chromium", LUGAS_CHROMIUM="/nowhere/chromium")
    assert done.returncode == 1
    assert "/nowhere/chromium, which does not start" in done.stderr
