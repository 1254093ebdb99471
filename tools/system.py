"""Finds the programs that tests and benchmarks need and pip cannot give; installs what is absent.

    .venv/bin/python tools/system.py chromium    prints the path of a Chromium that starts
    .venv/bin/python tools/system.py poppler     prints the path of pdftotext
    .venv/bin/python tools/system.py softhsm     prints the path of softhsm2-util, a hardware module in software
    .venv/bin/python tools/system.py wrk         prints the path of wrk, which makes the load of `make bench`

What it installs it names first, on stderr: with apt-get as root, else with Playwright's own installer (no
root needed) or Homebrew.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ASK_PLAYWRIGHT = "console.log(require('@playwright/test').chromium.executablePath())"


def main() -> None:
    programs = {"chromium": chromium, "poppler": poppler, "softhsm": softhsm, "wrk": wrk}
    if len(sys.argv) != 2 or sys.argv[1] not in programs:
        sys.exit("usage: python tools/system.py chromium|poppler|softhsm|wrk")
    print(programs[sys.argv[1]]())


def chromium() -> str:
    found = installed_chromium()
    if found is None and may_apt():
        apt("chromium")
        found = installed_chromium()
    if found is None:
        say("No Chromium found: Playwright downloads its own (about 150 MB, into its cache)")
        with_system = ["--with-deps"] if may_apt() else []
        node("npx", "playwright", "install", *with_system, "chromium", check=True)
        found = playwrights_chromium()
    if found is None:
        sys.exit("There is no Chromium and none could be installed. Set LUGAS_CHROMIUM to the path of one.")
    return found


def installed_chromium() -> str | None:
    given = os.environ.get("LUGAS_CHROMIUM")
    if given:
        if not starts(given):
            sys.exit(f"LUGAS_CHROMIUM is {given}, which does not start.")
        return given
    candidates = [shutil.which(name) for name in NAMES] + [path for path in MACOS if Path(path).exists()]
    for path in candidates:
        if path and starts(path):
            return path
    return playwrights_chromium()


def playwrights_chromium() -> str | None:
    if not (ROOT / "pwa" / "node_modules" / "@playwright").is_dir():
        return None
    path = node("node", "-e", ASK_PLAYWRIGHT).stdout.strip()
    return path if path and starts(path) else None


def starts(path: str) -> bool:
    """A wrapper without its program (Ubuntu's chromium-browser outside snap) is found but does not start."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def poppler() -> str:
    return program("pdftotext", debian="poppler-utils", brew="poppler")


def softhsm() -> str:
    return program("softhsm2-util", debian="softhsm2", brew="softhsm")


def wrk() -> str:
    return program("wrk", debian="wrk", brew="wrk")


def program(name: str, *, debian: str, brew: str) -> str:
    found = shutil.which(name)
    if found is None and may_apt():
        apt(debian)
        found = shutil.which(name)
    if found is None and shutil.which("brew"):
        say(f"No {name} found: installing {brew} with Homebrew")
        subprocess.run(["brew", "install", "--quiet", brew], stdout=sys.stderr, check=False)
        found = shutil.which(name)
    if found is None:
        sys.exit(
            f"{name} is missing. Debian and Ubuntu: sudo apt install {debian}; macOS: brew install {brew}"
        )
    return found


def may_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt(package: str) -> None:
    say(f"No {package} found: installing it with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "-qq", *command], stdout=sys.stderr, env=environment, check=False)


def node(*arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "node.py"), *arguments]
    return subprocess.run(
        command, cwd=ROOT / "pwa", stdout=sys.stderr if check else subprocess.PIPE, text=True, check=False
    )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
