"""Fails when a generated file differs from the committed one: python tools/fresh.py path..."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        print("Not a git clone: nothing to compare generated files with.")
        return
    differs = subprocess.run(
        ["git", "diff", "--exit-code", "--stat", "--", *sys.argv[1:]], cwd=ROOT, check=False
    )
    if differs.returncode != 0:
        sys.exit("The generated files above are not the committed ones: commit what the build just wrote.")


if __name__ == "__main__":
    main()
