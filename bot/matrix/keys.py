"""Cross-signing of the bot's device: without it, Element-like clients send it no room keys (MSC4153).

The account gets a master and a self-signing key (Ed25519), whose seeds stay in the store; the self-signing key signs
the device. Nothing else is needed for others to trust the device, and matrix-nio does none of it.
"""

import base64
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.matrix.files import read_json, write_private
from bot.matrix.trouble import retry_if_in_trouble
from bot.messages import MATRIX_NO_APPROVAL, MATRIX_NO_PASSWORD_STEP, MATRIX_NOT_SIGNED, MATRIX_STRANGE_DEVICE
from knowledge.errors import PtceError

IDENTITY_FILE = "cross-signing.json"
SEED_BYTES = 32
PASSWORD_STEP = "m.login.password"  # noqa: S105 - the protocol's name of a step, not a password
# Status and JSON body of a request to the homeserver, whose path is given from `/_matrix/client/v3/` on.
Post = Callable[[str, dict[str, Any]], Awaitable[tuple[int, dict[str, Any]]]]


class KeysError(PtceError):
    """The device can't be signed: encrypted rooms would stay closed to it."""


@dataclass(frozen=True, slots=True)
class Device:
    """The bot's own device, with the keys that its store holds (what the server says is checked against them)."""

    user_id: str
    device_id: str
    identity_keys: dict[str, str]


class SigningKey:
    """An Ed25519 key made of a seed."""

    def __init__(self, seed: bytes) -> None:
        from Crypto.PublicKey import ECC
        from Crypto.Signature import eddsa

        key = ECC.construct(curve="Ed25519", seed=seed)
        self._signer = eddsa.new(key, "rfc8032")
        self.public = _unpadded(key.public_key().export_key(format="raw"))

    @property
    def id(self) -> str:
        """The key's name, as signatures and servers know it."""
        return f"ed25519:{self.public}"

    def sign(self, content: dict[str, Any]) -> str:
        """The signature of a JSON object, as the protocol wants it."""
        return _unpadded(self._signer.sign(canonical(content)))


@dataclass(frozen=True, slots=True)
class Identity:
    """The account's two cross-signing keys."""

    master: SigningKey
    self_signing: SigningKey


def open_identity(folder: Path) -> Identity:
    """The account's keys, made at the first login and kept in `folder`, for its owner only."""
    path = folder / IDENTITY_FILE
    if kept := read_json(path, _identity):
        return kept
    seeds = {name: base64.b64encode(os.urandom(SEED_BYTES)).decode() for name in ("master", "self_signing")}
    write_private(path, seeds)
    return _identity(seeds)


def _identity(seeds: dict[str, str]) -> Identity:
    return Identity(*(SigningKey(base64.b64decode(seeds[name])) for name in ("master", "self_signing")))


async def sign_device(post: Post, identity: Identity, device: Device, password: str | None) -> bool:
    """Make the device one that its account vouches for; False when it already was. `KeysError` when it can't be."""
    status, known = await post("keys/query", {"device_keys": {device.user_id: []}})
    retry_if_in_trouble(status)
    published = known.get("device_keys", {}).get(device.user_id, {}).get(device.device_id)
    if status != 200 or published is None or not _is_ours(published, device):
        raise KeysError(*MATRIX_STRANGE_DEVICE)
    if _public_keys(known, device.user_id) != (identity.master.public, identity.self_signing.public):
        await _publish(post, identity, device.user_id, password)
    elif identity.self_signing.id in published.get("signatures", {}).get(device.user_id, {}):
        return False
    signed = _signed(published, device.user_id, identity.self_signing)
    status, answer = await post("keys/signatures/upload", {device.user_id: {device.device_id: signed}})
    if status != 200 or answer.get("failures"):
        raise _refused(status, answer)
    return True


async def _publish(post: Post, identity: Identity, user: str, password: str | None) -> None:
    master = _key(user, "master", identity.master)
    self_signing = _signed(_key(user, "self_signing", identity.self_signing), user, identity.master)
    body: dict[str, Any] = {"master_key": master, "self_signing_key": self_signing}
    status, answer = await post("keys/device_signing/upload", body)
    if status == 401 and "flows" in answer:
        body["auth"] = _approval(user, password, answer)
        status, answer = await post("keys/device_signing/upload", body)
    if status != 200:
        raise _refused(status, answer)


def _approval(user: str, password: str | None, asked: dict[str, Any]) -> dict[str, Any]:
    """What the homeserver asks before it replaces an account's keys: the password, where it takes one."""
    if [PASSWORD_STEP] not in [flow.get("stages") for flow in asked["flows"]]:
        pages = [step["url"] for step in asked.get("params", {}).values() if isinstance(step, dict) and "url" in step]
        message, cure = MATRIX_NO_PASSWORD_STEP
        raise KeysError(message, cure.format(page=pages[0] if pages else "sa page de gestion de compte"))
    if not password:
        raise KeysError(*MATRIX_NO_APPROVAL)
    identifier = {"type": "m.id.user", "user": user}
    return {"type": PASSWORD_STEP, "identifier": identifier, "password": password, "session": asked.get("session")}


def _refused(status: int, answer: dict[str, Any]) -> KeysError:
    message, cure = MATRIX_NOT_SIGNED
    return KeysError(message.format(status=status, reason=answer.get("error", answer.get("failures", ""))), cure)


def _is_ours(published: dict[str, Any], device: Device) -> bool:
    """Whether the server shows the keys that the store holds: nothing else is ever signed."""
    keys = published.get("keys", {})
    return all(keys.get(f"{kind}:{device.device_id}") == key for kind, key in device.identity_keys.items())


def _public_keys(known: dict[str, Any], user: str) -> tuple[str | None, ...]:
    def public(kind: str) -> str | None:
        keys = known.get(kind, {}).get(user, {}).get("keys", {})
        return next(iter(keys.values()), None)

    return public("master_keys"), public("self_signing_keys")


def _key(user: str, usage: str, key: SigningKey) -> dict[str, Any]:
    return {"user_id": user, "usage": [usage], "keys": {key.id: key.public}}


def _signed(content: dict[str, Any], user: str, key: SigningKey) -> dict[str, Any]:
    signatures = {name: dict(found) for name, found in content.get("signatures", {}).items()}
    signatures.setdefault(user, {})[key.id] = key.sign(content)
    return {**content, "signatures": signatures}


def canonical(content: dict[str, Any]) -> bytes:
    """The one form of a JSON object that is signed (signatures and unsigned parts left out)."""
    bare = {name: value for name, value in content.items() if name not in ("signatures", "unsigned")}
    return json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
