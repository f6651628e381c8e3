"""A login: the one that was kept, a token's, or a new device's; with its keys published and signed."""

import email.utils
import logging
import os
import time
from dataclasses import dataclass

from nio import KeysUploadError, LoginError, Response, WhoamiError

from bot.channel import ChannelError
from bot.matrix.client import MatrixClient
from bot.matrix.files import Session, Store
from bot.matrix.keys import Device, KeysError, open_identity, sign_device
from bot.matrix.trouble import retry_if_in_trouble
from bot.messages import (
    MATRIX_KEYS_REFUSED,
    MATRIX_NO_HOMESERVER,
    MATRIX_NO_SECRET,
    MATRIX_NOT_THE_USER,
    MATRIX_REFUSED_PASSWORD,
    MATRIX_REVOKED,
    MATRIX_TOKEN_WITHOUT_KEYS,
)
from knowledge.configuration import MATRIX_PASSWORD, MATRIX_TOKEN
from knowledge.settings import MatrixSettings

logger = logging.getLogger(__name__)
# Beyond this, in seconds, the homeserver's clock and ours disagree: its `Date` header counts whole seconds.
CLOCKS_AGREE = 2


@dataclass(frozen=True, slots=True)
class Login:
    """A client that is logged in; `since` is how far was read, `now_ms` the homeserver's time."""

    client: MatrixClient
    since: str
    now_ms: float


async def log_in(settings: MatrixSettings, store: Store) -> Login:
    """Log in as the settings and the environment say; `ChannelError` with its cure when that can't be."""
    client = MatrixClient(settings.homeserver, settings.user, str(store.folder))
    try:
        login = await _authenticated(client, settings, store)
        await _publish_keys(client, store)
    except BaseException:
        await client.close()
        raise
    return login


def check(settings: MatrixSettings) -> None:
    """Refuse settings that can't work, before anything is asked of a server."""
    if not settings.homeserver.startswith(("https://", "http://")):
        raise ChannelError(*MATRIX_NO_HOMESERVER)
    if not _token() and not (_password() and settings.user):
        raise ChannelError(*MATRIX_NO_SECRET)


async def _authenticated(client: MatrixClient, settings: MatrixSettings, store: Store) -> Login:
    kept = store.session()
    if token := _token():
        return await _by_token(client, settings, store, token)
    client.device_id = ""
    if kept:
        client.access_token = kept.access_token
        answer = await client.whoami()
        if not isinstance(answer, WhoamiError):
            client.restore_login(kept.user_id, kept.device_id, kept.access_token)
            return Login(client, kept.since, _server_ms(answer))
        retry_if_in_trouble(answer.transport_response.status)
        if answer.soft_logout:
            client.device_id = kept.device_id
        else:
            # The device was removed and nobody encrypts for it any more: another one takes over.
            logger.warning("Matrix : la session gardée n'est plus valable ; connexion comme nouvel appareil")
        client.access_token = ""
    return await _by_password(client, settings, store, kept.since if kept else "")


async def _by_password(client: MatrixClient, settings: MatrixSettings, store: Store, since: str) -> Login:
    known = client.device_id
    answer = await client.login(_password(), device_name=settings.device_name)
    if isinstance(answer, LoginError):
        retry_if_in_trouble(answer.transport_response.status)
        message, cure = MATRIX_REFUSED_PASSWORD
        raise ChannelError(message.format(reason=answer.message), cure)
    since = since if known else ""
    # At once: a device whose id is forgotten can't be taken up again.
    store.keep(Session(client.user_id, client.device_id, client.access_token, since))
    return Login(client, since, _server_ms(answer))


async def _by_token(client: MatrixClient, settings: MatrixSettings, store: Store, token: str) -> Login:
    client.access_token = token
    answer = await client.whoami()
    if isinstance(answer, WhoamiError):
        retry_if_in_trouble(answer.transport_response.status)
        raise ChannelError(*MATRIX_REVOKED)
    user, device = answer.user_id, answer.device_id
    if not device or (settings.user and settings.user not in (user, user[1:].partition(":")[0])):
        message, cure = MATRIX_NOT_THE_USER
        raise ChannelError(message.format(user=user), cure)
    kept = store.session()
    if not store.has_keys(user, device) and await _has_published(client, user, device):
        raise ChannelError(*MATRIX_TOKEN_WITHOUT_KEYS)
    client.restore_login(user, device, token)
    since = kept.since if kept and kept.device_id == device else ""
    store.keep(Session(user, device, token, since))
    return Login(client, since, _server_ms(answer))


async def _has_published(client: MatrixClient, user: str, device: str) -> bool:
    """Whether someone already used this device: keys of a store that is not here."""
    status, known = await client.post("keys/query", {"device_keys": {user: [device]}})
    retry_if_in_trouble(status)
    return device in known.get("device_keys", {}).get(user, {})


async def _publish_keys(client: MatrixClient, store: Store) -> None:
    for path in store.folder.glob("*.db*"):
        path.chmod(0o600)
    if client.should_upload_keys:
        answer = await client.keys_upload()
        if isinstance(answer, KeysUploadError):
            client.skip_one_time_keys()
            answer = await client.keys_upload()
        if isinstance(answer, KeysUploadError):
            message, cure = MATRIX_KEYS_REFUSED
            raise ChannelError(message.format(reason=answer.message), cure)
    device = Device(client.user_id, client.device_id, dict(client.olm.account.identity_keys))
    try:
        if await sign_device(client.post, open_identity(store.folder), device, _password()):
            logger.info("Matrix : appareil %s signé par son compte", client.device_id)
    except KeysError as error:
        # Plain rooms work all the same.
        logger.error("Matrix : les salons chiffrés resteront muets. %s", error)


def _server_ms(answer: Response) -> float:
    """The homeserver's time: our own clock's, as long as the two agree."""
    now = time.time()
    try:
        date = email.utils.parsedate_to_datetime(answer.transport_response.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        date = now
    return (now if abs(now - date) <= CLOCKS_AGREE else date + 1) * 1000


def _password() -> str | None:
    return os.environ.get(MATRIX_PASSWORD) or None


def _token() -> str | None:
    return os.environ.get(MATRIX_TOKEN) or None
