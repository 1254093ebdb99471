"""Completes pwa/package-lock.json for the systems that its author's registry did not carry.

npm leaves out of the lock every optional package it could not look up, and `npm ci` then refuses the lock on
the spot. Those packages are one program built for other systems, each with its version pinned by the package
that wants it and its system in its name, so their entries can be written. They carry no hash, and npm takes
them only on the system they are for. Run after every `npm install`; a house test asks for it.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "pwa" / "package-lock.json"
SYSTEM = re.compile(
    r"(?P<os>android|darwin|freebsd|linux|openbsd|openharmony|win32)-"
    r"(?P<cpu>arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x)(?:-(?P<rest>[a-z-]+))?$"
)


def main() -> None:
    text = LOCK.read_text(encoding="utf-8")
    lock = json.loads(text)
    added = complete(lock["packages"])
    if added:
        indent = "\t" if "\n\t" in text[:10] else 2
        LOCK.write_text(json.dumps(lock, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(added)} packages of other systems written into {LOCK.name}")


def complete(packages: dict[str, dict[str, Any]]) -> list[str]:
    """Add what is missing to `packages` and return the names; sorted as npm sorts them."""
    wanted = missing(packages)
    for name, (version, engines) in wanted.items():
        system = SYSTEM.search(name)
        if system is None or not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version):
            sys.exit(
                f"{name}@{version} is missing from {LOCK.name}: run npm install where the registry has it."
            )
        entry: dict[str, Any] = {"version": version, "cpu": [system["cpu"]], "dev": True}
        if system["os"] == "linux" and system["rest"]:
            entry["libc"] = ["musl" if "musl" in system["rest"] else "glibc"]
        entry |= {"optional": True, "os": [system["os"]]} | ({"engines": engines} if engines else {})
        packages[f"node_modules/{name}"] = entry
    ordered = sorted(packages.items())
    packages.clear()
    packages.update(ordered)
    return list(wanted)


def missing(packages: dict[str, dict[str, Any]]) -> dict[str, tuple[str, dict[str, str]]]:
    """The optional packages that no entry of the lock provides: name -> version and engines."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for path, package in packages.items():
        for name, version in package.get("optionalDependencies", {}).items():
            if not provided(packages, path, name):
                found[name] = (version, package.get("engines", {}))
    return found


def provided(packages: dict[str, dict[str, Any]], path: str, name: str) -> bool:
    """Node looks for a package beside the one that asks, then in every folder above."""
    while path:
        if f"{path}/node_modules/{name}" in packages:
            return True
        path = path.rpartition("/node_modules/")[0] if "/node_modules/" in path else ""
    return f"node_modules/{name}" in packages


if __name__ == "__main__":
    main()
