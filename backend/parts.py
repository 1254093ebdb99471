"""The running parts that every door shares: keys, file store, tickets, the code gateway and the push sender."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from backend.core.feed import Feed
from backend.core.rates import Meter
from backend.core.secrets import Keyring
from backend.core.tickets import Tickets
from backend.identity.gateways import CodeGateway, ConsoleGateway, HttpGateway
from backend.notifications.push import PushSender
from backend.notifications.vapid import VapidKeys
from backend.partners.keys import ServerKey
from backend.partners.tokens import Issuer
from backend.settings import Settings
from backend.signing.open import Method, method
from backend.signing.passphrases import Passphrases
from backend.signing.timestamp import Finish, finish
from storage.documents import Documents
from storage.inspect import Inspector
from storage.open import open_documents


@dataclass(frozen=True)
class Parts:
    """Opened once per process and passed down; nothing reads them from a global."""

    settings: Settings
    keyring: Keyring
    tickets: Tickets
    documents: Documents
    inspector: Inspector
    gateway: CodeGateway
    push: PushSender
    vapid_public_key: str
    issuer: Issuer
    meter: Meter
    method: Method
    passphrases: Passphrases
    finish: Finish
    # Listens only where the process serves (backend/app.py); elsewhere it knows no version.
    feed: Feed = field(default_factory=Feed)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Open everything but the database; close it again on the way out."""
    keyring = Keyring.load_or_make(settings.key_file)
    documents = open_documents(settings.storage)
    await documents.prepare()
    vapid = VapidKeys.load_or_make(settings.home / "secrets")
    async with PushSender(vapid, subject=settings.push_subject, hosts=settings.push_hosts) as push:
        try:
            yield Parts(
                settings=settings,
                keyring=keyring,
                tickets=Tickets(keyring),
                documents=documents,
                inspector=Inspector(),
                gateway=_gateway(settings),
                push=push,
                vapid_public_key=vapid.public_key,
                issuer=Issuer(settings.public_url, ServerKey.of(keyring)),
                meter=Meter(settings.rates),
                method=method(settings.signer, settings.signing_keys, settings.signature_level),
                passphrases=Passphrases(settings.passphrases),
                finish=finish(settings.signature_level, settings.timestamp_url, settings.timestamp_roots),
            )
        finally:
            await documents.close()


def _gateway(settings: Settings) -> CodeGateway:
    if settings.code_gateway_url:
        return HttpGateway(settings.code_gateway_url, settings.code_gateway_token)
    return ConsoleGateway()
