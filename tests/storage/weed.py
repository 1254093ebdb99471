"""Starts a real SeaweedFS with an S3 door on free local ports, and ends it without waiting."""

import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ACCESS_KEY, SECRET_KEY, REGION = "lugas-test", "a-secret-only-for-tests", "id-malang-1"
ORIGIN = "https://app.example"
_WEED = Path(sys.executable).parent / "weed"
_START_SECONDS = 60


@dataclass(frozen=True)
class Weed:
    """A running SeaweedFS: its process and the port of its S3 door on 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int

    def address(self, bucket: str) -> str:
        """The storage address of a bucket in it."""
        return f"s3:http://{ACCESS_KEY}:{SECRET_KEY}@127.0.0.1:{self.port}/{bucket}?region={REGION}"

    def kill(self) -> None:
        """End it at once: its own shutdown takes half a minute."""
        self.process.kill()
        self.process.wait()


def start(folder: Path) -> Weed:
    """Start a server that keeps its data in `folder` and knows one key pair."""
    (folder / "data").mkdir()
    identity = {
        "name": "lugas",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    s3_port, *ports = free_ports(9)
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(_command(folder, s3_port, ports), stdout=log, stderr=log, cwd=folder)
    weed = Weed(process, s3_port)
    try:
        _wait(weed, folder / "weed.log")
    except BaseException:
        weed.kill()
        raise
    return weed


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that nobody listened on a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _command(folder: Path, s3_port: int, ports: list[int]) -> list[str]:
    names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc"]
    names += ["filer.port", "filer.port.grpc", "s3.port.grpc", "metricsPort"]
    return [
        *(str(_WEED), "server", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}"),
        *(f"-s3.config={folder / 's3.json'}", f"-s3.port={s3_port}", f"-s3.allowedOrigins={ORIGIN}"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-s3.autoCreateBucket=false"),
        *("-volume.max=200", "-master.volumeSizeLimitMB=64"),
        *(f"-{name}={port}" for name, port in zip(names, ports, strict=True)),
    ]


def _wait(weed: Weed, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if weed.process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", weed.port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text(errors='replace')[-2000:]}")
