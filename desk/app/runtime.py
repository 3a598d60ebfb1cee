"""Where everything is: the one reader of the settings. Of them the roles beside this module build what they run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from desk.app import logs
from desk.app.layers import Layers, names_of
from desk.app.settings import Settings
from desk.contract.errors import ConfigurationError, StartError
from desk.sealing.masters import FILE as MASTERS
from desk.sealing.masters import Custody, FromCommand, Given, InFile, Masters
from desk.sealing.vault import Vault
from desk.store.keys import Keys
from desk.store.keys import load as load_keys
from desk.store.running import is_held, read_state

if TYPE_CHECKING:  # a command loads what it asks for: each has its import where it is made
    from desk.alipay.credentials import Credentials
    from desk.city.files import City
    from desk.devices.services import PushServices
    from desk.devices.signing import Signer
    from desk.http.serving import Listener
    from desk.media.scanning import Scanner
    from desk.store.terms import Retentions

ALIPAY = ("gateway", "app_id", "seller_id", "app_key_file", "public_key_file")  # settings DESK_ALIPAY_…
FEED_YEAR = 2026  # of ids in feeds, which never change; their domain is ours in it
NOT_RUNNING = "Citydesk does not run here. Start it with 'make run' in another terminal, or set DESK_{name}_URL."


def keys_of(read: Settings, data_dir: Path) -> Keys:
    """The keys of an installation by its settings, else by the secret in its data directory.

    Raises:
        ConfigurationError: there is no secret, or one is wrong.
    """
    secret, data = read.secret_key, read.data_key
    valid = read.secret_keys_valid.get_secret_value().split(",") if read.secret_keys_valid else []
    return load_keys(
        data_dir,
        secret.get_secret_value() if secret else None,
        valid=[one.strip() for one in valid if one.strip()],
        data=data.get_secret_value() if data else None,
    )


@cache
def settings() -> Settings:
    """Read the settings of this process, once.

    Raises:
        ConfigurationError: one is wrong, or there is no such setting.
    """
    names = {f"DESK_{name.upper()}" for name in Settings.model_fields}
    folder = os.environ.get("DESK_SECRETS_DIR") or None
    said = {*os.environ, *_files_in(folder)}
    for unknown in sorted(name for name in said if name.startswith("DESK_") and name not in names):
        near = get_close_matches(unknown, names, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigurationError(f"There is no setting {unknown}.{hint} All settings: docs/reference/settings.md")
    try:
        return Settings(_secrets_dir=folder)
    except ValidationError as exc:
        faults = "; ".join(f"DESK_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in exc.errors())
        raise ConfigurationError(f"{faults}. All settings: docs/reference/settings.md") from exc


def _files_in(folder: str | None) -> list[str]:
    """The names of the files of a folder of secrets; none where there is no folder."""
    try:
        return [path.name for path in Path(folder).iterdir()] if folder else []
    except OSError as exc:
        raise ConfigurationError(f"DESK_SECRETS_DIR cannot be read: {exc}.") from exc


@dataclass(frozen=True)
class Runtime:
    """Where everything is. An address comes from the settings, else from the stack that runs on `data_dir`.

    Addresses raise StartError with the mend when neither has it. `root` is what is read: the product's folder, or one
    made of it and of what is `laid` over it; nothing is written there.
    """

    @property
    def layers(self) -> Layers:
        """What the root is made of."""
        return self.laid or Layers(self.root)

    @property
    def product(self) -> Path:
        """The product's own folder, which is written to."""
        return self.layers.product

    settings: Settings
    root: Path
    data_dir: Path
    running: Mapping[str, str]
    laid: Layers | None = None

    def retentions(self, cities: "Mapping[str, City]") -> "Retentions":
        """For how long what is kept is kept: as the settings say, and the files of cities."""
        from desk.store.terms import Retention, Retentions, Stays

        read = self.settings
        stays = Stays(read.order_years, read.consent_years, read.unpaid_days)
        return Retentions.in_cities(Retention(read.retention_days, read.emergency_days, stays), cities)

    @property
    def database_url(self) -> str:
        given = self.settings.database_url
        return given.get_secret_value() if given else self._running("database")

    @property
    def redis_url(self) -> str:
        given = self.settings.redis_url
        return given.get_secret_value() if given else self._running("redis")

    @property
    def bot_url(self) -> str:
        return self.settings.bot_url or self._running("bot")

    @property
    def actions_url(self) -> str:
        return self.settings.actions_url or self._running("actions")

    @property
    def sandbox_url(self) -> str | None:
        """None where there is no sandbox."""
        return self.settings.sandbox_url or self.running.get("sandbox")

    @property
    def serve_url(self) -> str:
        """Where residents reach the desk, without a trailing slash."""
        return self.settings.public_url or self._running("serve")

    @property
    def feed_authority(self) -> str:
        """What ids in feeds begin with: a domain and a year."""
        host = urlsplit(self.serve_url).hostname or ""
        return self.settings.feed_authority or f"{'localhost' if ':' in host else host},{FEED_YEAR}"

    @property
    def models(self) -> Path:
        """The folder of trained models."""
        from desk.app.model import MODELS

        return self.data_dir / MODELS

    def bot_urls(self) -> str:
        """Where the bot is reached now, as `DESK_BOT_URL` or the stack that runs here says it; empty: nowhere.

        A stack moves it when another model takes over.
        """
        return self.settings.bot_url or read_state(self.data_dir).urls.get("bot", "")

    def candidate_urls(self) -> str:
        """Where the model on trial is reached now, as `DESK_CANDIDATE_URL` or the stack that runs here says it."""
        return self.settings.candidate_url or read_state(self.data_dir).urls.get("candidate", "")

    def measures(self) -> "Listener":
        """Where this process answers monitors."""
        from desk.http.serving import Listener, measures

        return Listener(measures(), self.settings.metrics_host, self.settings.metrics_port)

    def keys(self) -> Keys:
        """The keys of this installation. Raises ConfigurationError when there is no secret."""
        return keys_of(self.settings, self.data_dir)

    def push_services(self) -> "PushServices":
        """Push services that may be told, and the pretend one where there is a sandbox."""
        from desk.devices.services import push_services

        return push_services(self.settings.push_hosts, self.sandbox_url)

    def push_signer(self) -> "Signer":
        """What signs what is told to them."""
        from desk.devices.signing import signer

        return signer(self.keys(), self.settings.push_contact or self.serve_url)

    def scanner(self) -> "Scanner":
        """What looks for malware in files. Raises ConfigurationError when its address is none."""
        from desk.media.clamd import open_scanner

        return open_scanner(self.settings.malware_scanner, self.settings.malware_seconds)

    def custody(self) -> Custody:
        """Where the master keys are kept."""
        read = self.settings
        if read.master_keys is not None:
            return Given(read.master_keys.get_secret_value())
        if read.master_keys_command is not None:
            return FromCommand(read.master_keys_command)
        return InFile(read.master_keys_file or self.data_dir / MASTERS)

    def vault(self) -> Vault:
        """What seals personal data. Raises ConfigurationError when its keys cannot be read, or there is no secret."""
        return Vault(Masters(self.custody(), self.keys()), self.settings.cipher)

    def alipay(self) -> "Credentials | None":
        """Who we are at Alipay: of the settings, else at the pretend one that runs here. None: nothing can be paid.

        Raises:
            ConfigurationError: a setting is missing, or a key file is none.
        """
        from desk.alipay.credentials import credentials

        given = {name: getattr(self.settings, f"alipay_{name}") for name in ALIPAY}
        if not any(given.values()):
            given = {name: self.running.get(f"alipay_{name}") for name in ALIPAY}
        if not any(given.values()):
            return None
        missing = [f"DESK_ALIPAY_{name.upper()}" for name, value in given.items() if value is None]
        if missing:
            raise ConfigurationError(f"Set {', '.join(missing)} too, to be paid.")
        gateway, app_id, seller_id, *files = (str(value) for value in given.values())
        try:
            key, alipay_key = (Path(file).read_text(encoding="ascii") for file in files)
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigurationError(f"A key of payments cannot be read: {exc}. See DESK_ALIPAY_APP_KEY_FILE.") from exc
        return credentials(gateway=gateway, app_id=app_id, seller_id=seller_id, key=key, alipay_key=alipay_key)

    def cities(self) -> "dict[str, City]":
        """All cities that are served. Raises ConfigurationError."""
        from desk.city.files import load_cities

        return load_cities(self.root / "cities")

    def every_city(self) -> "dict[str, City]":
        """All cities that there are, served or not. Raises ConfigurationError."""
        from desk.city.files import load_cities

        return load_cities(_root_of(replace(self.layers, only=()), self.data_dir) / "cities")

    def published(self, cities: "Mapping[str, City]") -> frozenset[str]:
        """The telephones that everybody may know, in digits. Raises ConfigurationError."""
        from desk.city.directory import load_directory
        from desk.city.published import published_numbers

        return published_numbers(cities, load_directory(self.root / "cities"))

    def _running(self, name: str) -> str:
        if name not in self.running:
            raise StartError(NOT_RUNNING.format(name=name.upper()))
        return self.running[name]


def runtime() -> Runtime:
    """Where everything is, for this process.

    Raises:
        ConfigurationError: a setting is wrong, or the root is not one.
    """
    read = settings()
    root = read.root_dir.resolve()
    if not (root / "config.yml").is_file() or not (root / "cities").is_dir():
        raise ConfigurationError(
            f"{root} is not the root: it has no config.yml or no cities/. Change to the checkout, or set DESK_ROOT_DIR."
        )
    data_dir = (root / read.data_dir).resolve()
    running = read_state(data_dir).urls if is_held(data_dir) else {}
    own = None if read.cities is None else (root / read.cities).resolve()
    layers = Layers(root, own, names_of(read.only_cities))
    return Runtime(read, _root_of(layers, data_dir), data_dir, running, layers)


def _root_of(layers: Layers, data_dir: Path) -> Path:
    """The root that layers make. Raises ConfigurationError."""
    if layers.is_plain:
        return layers.product
    from desk.app.layering import root_of

    return root_of(layers, data_dir)


def configure_logs() -> None:
    """Set this process's logs up as the settings say."""
    logs.configure(settings().log_level, settings().log_format)


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
