"""Documents in an S3 store, through the official minio SDK in a small pool of threads."""

import asyncio
import mmap
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, BinaryIO, ParamSpec, TypeVar

import certifi
import urllib3
from minio import Minio
from minio.datatypes import PostPolicy
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from storage.documents import AlreadyThere, Changed, Missing, Stored, TooBig, Unavailable, UploadForm
from storage.keys import checked, content_hash
from storage.receive import CHUNK, Received, receive

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_THREADS = 8
_TRIES = 3
_CONNECT_SECONDS = 3.0
_READ_SECONDS = 20.0
_READY_SECONDS = 2.0
_ABSENT = {"NoSuchKey", "NoSuchObject", "ResourceNotFound"}
_OURS = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


@dataclass(frozen=True)
class Bucket:
    """Where an S3 bucket is; `public` is the address a phone reaches it at, when that is another one."""

    endpoint: str
    secure: bool
    access_key: str
    secret_key: str
    name: str
    region: str
    public: str | None = None


class S3Documents:
    """A document store in one S3 bucket.

    Hash and type travel as object metadata, so `stat` is one request; only an object that a browser
    posted has none, and is read once. `move` reads and writes instead of copying inside the store: the
    bytes that were hashed are then exactly the bytes that were written, whoever overwrites the source.
    """

    def __init__(self, bucket: Bucket) -> None:
        """Keep documents in this bucket; `prepare` makes it."""
        self._bucket = bucket
        self._client = _client(bucket, tries=_TRIES, connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        self._quick = _client(bucket, tries=1, connect=_READY_SECONDS, read=_READY_SECONDS)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="s3")

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, media_type: str, limit: int) -> Stored:
        """See `Documents.put`; S3 wants length and hash first, so the stream waits in a local file."""
        checked(key)
        with await asyncio.to_thread(_temporary) as file:
            received = await receive(chunks, file, key=key, limit=limit)
            return await self._run(self._write, key, file, received, media_type)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """See `Documents.read`."""
        response = await self._run(self._open, checked(key))
        try:
            while chunk := await self._run(response.read, CHUNK):
                yield chunk
        finally:
            response.close()
            response.release_conn()

    async def stat(self, key: str) -> Stored | None:
        """See `Documents.stat`."""
        head = await self._run(self._head, checked(key))
        if head is None or head.sha256:
            return head
        size, digest = 0, sha256()
        try:
            async for chunk in self.read(key):
                size += len(chunk)
                digest.update(chunk)
        except Missing:
            return None
        return Stored(key, size, digest.hexdigest(), head.media_type)

    async def move(self, source: str, target: str) -> None:
        """See `Documents.move`."""
        checked(target)
        head = await self._run(self._head, checked(source))
        if head is None:
            raise Missing(source)
        with await asyncio.to_thread(_temporary) as file:
            try:
                received = await receive(self.read(source), file, key=source, limit=head.size)
            except TooBig as problem:
                raise Changed(target) from problem
            if content_hash(target) not in {None, received.sha256}:
                raise Changed(target)
            await self._run(self._write, target, file, received, head.media_type)
        await self.delete(source)

    async def delete(self, key: str) -> None:
        """See `Documents.delete`."""
        await self._run(self._client.remove_object, self._bucket.name, checked(key))

    def upload_form(
        self, key: str, *, media_type: str, max_bytes: int, lifetime: timedelta
    ) -> UploadForm | None:
        """See `Documents.upload_form`; signed here, without asking the store."""
        policy = PostPolicy(self._bucket.name, datetime.now(UTC) + lifetime)
        policy.add_equals_condition("key", checked(key))
        policy.add_equals_condition("Content-Type", media_type)
        policy.add_content_length_range_condition(1, max_bytes)
        signed = self._client.presigned_post_policy(policy)
        scheme = "https" if self._bucket.secure else "http"
        address = self._bucket.public or f"{scheme}://{self._bucket.endpoint}"
        return UploadForm(
            f"{address}/{self._bucket.name}", {"key": key, "Content-Type": media_type, **signed}
        )

    async def prepare(self) -> None:
        """See `Documents.prepare`."""
        await self._run(self._make_bucket)

    async def ready(self) -> bool:
        """See `Documents.ready`; one try of at most two seconds."""
        try:
            return await self._run(self._quick.bucket_exists, self._bucket.name)
        except Unavailable:
            return False

    async def close(self) -> None:
        """See `Documents.close`."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def _run(
        self, work: Callable[_Parameters, _Result], *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> _Result:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        except S3Error as problem:
            raise Unavailable(f"the object store refused: {problem.code}") from problem
        except (MinioException, HTTPError, OSError) as problem:
            raise Unavailable(f"the object store does not answer: {type(problem).__name__}") from problem

    def _open(self, key: str) -> Any:
        try:
            return self._client.get_object(self._bucket.name, key)
        except S3Error as problem:
            if problem.code in _ABSENT:
                raise Missing(key) from problem
            raise

    def _head(self, key: str) -> Stored | None:
        try:
            found = self._client.stat_object(self._bucket.name, key)
        except S3Error as problem:
            if problem.code in _ABSENT:
                return None
            raise
        about = found.metadata or {}
        media_type = found.content_type or "application/octet-stream"
        return Stored(key, found.size or 0, about.get("x-amz-meta-sha256", ""), media_type)

    def _write(self, key: str, file: BinaryIO, received: Received, media_type: str) -> Stored:
        """Write a local file in one conditional request.

        `put_object` of the SDK would hold the file in memory, and would lose If-None-Match past 5 MiB;
        the request beneath it takes a memory map as its body. `put` tells our own write, whose answer
        was lost and which a retry then finds standing, from someone else's.
        """
        mark = uuid.uuid4().hex
        headers: dict[str, str | list[str] | tuple[str]] = {
            "Content-Type": media_type,
            "If-None-Match": "*",
            "x-amz-meta-sha256": received.sha256,
            "x-amz-meta-put": mark,
        }
        body: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if received.size else b""
        try:
            self._client._put_object(self._bucket.name, key, body, headers)
        except S3Error as problem:
            if problem.code != "PreconditionFailed":
                raise
            found = self._client.stat_object(self._bucket.name, key)
            if (found.metadata or {}).get("x-amz-meta-put") != mark:
                raise AlreadyThere(key) from problem
        finally:
            if received.size:
                body.close()
        return Stored(key, received.size, received.sha256, media_type)

    def _make_bucket(self) -> None:
        if self._client.bucket_exists(self._bucket.name):
            return
        try:
            self._client.make_bucket(self._bucket.name, self._bucket.region)
        except S3Error as problem:
            if problem.code not in _OURS:
                raise


def _client(bucket: Bucket, *, tries: int, connect: float, read: float) -> Minio:
    pool = urllib3.PoolManager(
        maxsize=_THREADS,
        timeout=urllib3.Timeout(connect=connect, read=read),
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
        retries=urllib3.Retry(
            total=tries - 1, redirect=0, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]
        ),
    )
    # The region is always given: without it the SDK asks the store before each first use of a bucket.
    return Minio(
        bucket.endpoint,
        access_key=bucket.access_key,
        secret_key=bucket.secret_key,
        secure=bucket.secure,
        region=bucket.region,
        http_client=pool,
    )


def _temporary() -> BinaryIO:
    return tempfile.TemporaryFile(prefix="lugas-")
