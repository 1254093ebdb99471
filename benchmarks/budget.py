"""`make budget`: what a phone on a poor network feels, against the limits; on a quiet machine. JSON comes last."""

import json
import os
import subprocess
import sys
from typing import Any

from benchmarks.__main__ import ROOT, SCREENS, city, first_load, lighthouse

ROUNDS = 5

# Each limit by the name of its figure; a figure above "most" or below "least" fails.
MOST: dict[str, float] = {"first_visit_s": 5, "repeat_visit_s": 1, "inp_p75_ms": 200}
SCREEN_MOST: dict[str, float] = {"lcp": 1800, "cls": 0.02}
SCREEN_LEAST: dict[str, float] = {"performance": 0.95, "accessibility": 1.0}


def main() -> None:
    """Measure, print, and fail when a limit is passed; the last line is one JSON object."""
    figures: dict[str, Any] = {"first_load": first_load()}
    with city() as (url, _, _):
        figures |= phone_speed(url)
        figures["lighthouse"] = lighthouse(url, ROUNDS)
    over = passed(figures)
    for line in over:
        print(line)
    print(json.dumps(figures | {"within": not over}))
    sys.exit(bool(over))


def phone_speed(url: str) -> dict[str, Any]:
    """First and repeated visit at 400 kbit/s and 400 ms, and interactions at a sixth of the processor."""
    chromium = subprocess.run(
        [sys.executable, "tools/system.py", "chromium"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    done = subprocess.run(
        [sys.executable, "../tools/node.py", "node", "tools/phone-speed.ts", url, "3"],
        cwd=ROOT / "pwa",
        env=os.environ | {"LUGAS_CHROMIUM": chromium},
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def passed(figures: dict[str, Any]) -> list[str]:
    """A sentence for each limit that was passed."""
    over = [
        f"{name} is {figures[name]}, at most {most}" for name, most in MOST.items() if figures[name] > most
    ]
    for screen in SCREENS:
        found = figures["lighthouse"].get(screen)
        if found is None:
            over.append(f"{screen} was not measured")
            continue
        over += [
            f"{screen}: {n} is {found[n]}, at most {most}"
            for n, most in SCREEN_MOST.items()
            if found[n] > most
        ]
        over += [
            f"{screen}: {n} is {found[n]}, at least {least}"
            for n, least in SCREEN_LEAST.items()
            if found[n] < least
        ]
    return over


if __name__ == "__main__":
    main()
