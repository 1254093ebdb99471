"""Writes the three locks of requirements/ from pyproject.toml with uv: exact versions, hashes, no addresses."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "requirements"
OPTIONS = [
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-config", "--quiet"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header"),
]
LOCKS = {
    "build": ["requirements/build.in"],
    "run": ["pyproject.toml", "--extra", "app", "--constraints", "requirements/build.lock"],
    "dev": ["pyproject.toml", "--all-extras", "--constraints", "requirements/run.lock"],
}


def main() -> None:
    uv = shutil.which("uv") or shutil.which(str(ROOT / ".venv" / "bin" / "uv"))
    if uv is None:
        sys.exit("uv is missing: .venv/bin/python -m pip install uv, then run make lock again.")
    for name, sources in LOCKS.items():
        lock = FOLDER / f"{name}.lock"
        command = [uv, "pip", "compile", *OPTIONS, *sys.argv[1:], *sources, "--output-file", str(lock)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            sys.exit(f"requirements/{name}.lock could not be made.")
        text = lock.read_text(encoding="utf-8")
        if re.search(r"://|^-", text, re.MULTILINE):
            sys.exit(
                f"requirements/{name}.lock names an address or an option: not written for other machines."
            )
        lock.write_text(
            f"# Made by `make lock` from {sources[0]}; not edited by hand.\n{text}", encoding="utf-8"
        )
        print(f"requirements/{name}.lock: {text.count('==')} packages")


if __name__ == "__main__":
    main()
