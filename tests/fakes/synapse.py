"""A real homeserver for the tests: Synapse, from its PyPI package, on loopback, with SQLite in a temporary folder."""

import hashlib
import hmac
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

SERVER_NAME = "localhost"
# A busy machine needs a minute at worst; only a server that will never answer takes longer.
START_SECONDS = 120
STOP_SECONDS = 20
POLL_SECONDS = 0.1
_PLENTY = {"per_second": 10_000, "burst_count": 10_000}
_RATES = {
    "rc_message": _PLENTY,
    "rc_registration": _PLENTY,
    "rc_admin_redaction": _PLENTY,
    "rc_room_creation": _PLENTY,
    "rc_key_requests": _PLENTY,
    "rc_presence": {"per_user": _PLENTY},
    "rc_login": {"address": _PLENTY, "account": _PLENTY, "failed_attempts": _PLENTY},
    "rc_joins": {"local": _PLENTY, "remote": _PLENTY},
    "rc_joins_per_room": _PLENTY,
    "rc_invites": {"per_room": _PLENTY, "per_user": _PLENTY, "per_issuer": _PLENTY},
}


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Synapse:
    """Starts, stops and starts again on the same port and data."""

    folder: Path
    port: int = field(default_factory=free_port)
    _secret: str = field(default_factory=secrets.token_hex)
    _process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Ready to serve when this returns; a server that can't start fails with the end of its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "homeserver.yaml"
        if not config.exists():
            self._configure(config)
        with (self.folder / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(config)],
                cwd=self.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=console,
                stderr=console,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                log = (self.folder / "console.log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"Synapse did not start:\n{log[-3000:]}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Gone when this returns."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def register(self, name: str, password: str, admin: bool = False) -> dict[str, Any]:
        """A new account, logged in: `user_id`, `device_id`, `access_token`."""
        nonce = self.request("GET", "/_synapse/admin/v1/register")["nonce"]
        parts = (nonce, name, password, "admin" if admin else "notadmin")
        mac = hmac.new(self._secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        return self.request("POST", "/_synapse/admin/v1/register", body)

    @cached_property
    def admin(self) -> str:
        """The token of an administrator."""
        return str(self.register("admin", secrets.token_hex(), admin=True)["access_token"])

    def request(self, method: str, path: str, body: Any = None, token: str = "") -> dict[str, Any]:
        """What the homeserver answers; an error of its own raises with its text."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from None

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _configure(self, config: Path) -> None:
        command = [sys.executable, "-m", "synapse.app.homeserver", "--server-name", SERVER_NAME]
        command += ["--config-path", str(config), "--data-directory", str(self.folder)]
        subprocess.run(
            [*command, "--generate-config", "--report-stats=no"], cwd=self.folder, check=True, capture_output=True
        )
        settings = yaml.safe_load(config.read_text(encoding="utf-8"))
        settings |= _RATES | {
            "listeners": [
                {
                    "type": "http",
                    "port": self.port,
                    "bind_addresses": ["127.0.0.1"],
                    "tls": False,
                    "resources": [{"names": ["client"]}],
                }
            ],
            "registration_shared_secret": self._secret,
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "bcrypt_rounds": 4,
            "url_preview_enabled": False,
        }
        config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        logging = {
            "version": 1,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "root": {"level": "WARNING", "handlers": ["console"]},
        }
        Path(settings["log_config"]).write_text(yaml.safe_dump(logging), encoding="utf-8")
