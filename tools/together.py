"""Makes several of the Makefile's targets side by side: python tools/together.py target...

As many at once as the machine has processors, in the order given: the longest first. What one says is shown
whole when it ends, so that two never speak at once. Fails when one fails, after all have ended.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    targets = sys.argv[1:]
    if not targets:
        sys.exit("usage: python tools/together.py target...")
    print(f"Side by side: {', '.join(targets)}", flush=True)
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in as_completed([pool.submit(made, target) for target in targets]):
            target, code, said, seconds = done.result()
            print(f"{said}{target}: {'failed' if code else 'done'} after {seconds:.0f} s\n", flush=True)
            failed += [target] if code else []
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


def made(target: str) -> tuple[str, int, str, float]:
    """Make one target: its name, its exit code, all it said, and how long it took in seconds."""
    began = time.monotonic()
    done = subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return target, done.returncode, done.stdout, time.monotonic() - began


if __name__ == "__main__":
    main()
