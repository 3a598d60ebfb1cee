"""Who we are at Alipay, by the settings."""

from pathlib import Path

import pytest
from fixtures.pretend_city import give_keys

from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.contract.errors import ConfigurationError
from sandbox.alipay.identity import ALIPAY_PUBLIC, APP_ID, APP_PRIVATE, key_folder
from tools import stack
from tools.stack import Roles, StackPlan

PORTS = dict.fromkeys(stack.PORTS, 4242)


def runtime_of(folder: Path, **given: object) -> Runtime:
    """A runtime with these settings and no file of settings."""
    return Runtime(settings=Settings(_env_file=None, **given), root=folder, data_dir=folder, running={})  # type: ignore[call-arg, arg-type]


def whole(folder: Path) -> dict[str, object]:
    give_keys(folder)
    keys = key_folder(folder)
    return {
        "alipay_gateway": "http://127.0.0.1:1/gateway.do",
        "alipay_app_id": APP_ID,
        "alipay_seller_id": "2088000000000001",
        "alipay_app_key_file": keys / APP_PRIVATE,
        "alipay_public_key_file": keys / ALIPAY_PUBLIC,
    }


def test_without_settings_nothing_can_be_paid(tmp_path: Path) -> None:
    """None, and no error: a city may run without payments."""
    assert runtime_of(tmp_path).alipay() is None


def test_whole_settings_are_credentials(tmp_path: Path) -> None:
    """Keys are read from their files."""
    found = runtime_of(tmp_path, **whole(tmp_path)).alipay()
    assert found is not None
    assert (found.app_id, found.key.key_size) == (APP_ID, 2048)


@pytest.mark.parametrize("name", ["alipay_gateway", "alipay_app_id", "alipay_seller_id", "alipay_public_key_file"])
def test_a_missing_setting_is_named(tmp_path: Path, name: str) -> None:
    """Half of the settings is a mistake, not a city without payments."""
    given = {key: value for key, value in whole(tmp_path).items() if key != name}
    with pytest.raises(ConfigurationError, match=f"DESK_{name.upper()}"):
        runtime_of(tmp_path, **given).alipay()


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """With the path of the file."""
    given = whole(tmp_path) | {"alipay_app_key_file": tmp_path / "absent.pem"}
    with pytest.raises(ConfigurationError, match=r"absent\.pem"):
        runtime_of(tmp_path, **given).alipay()


def plan(folder: Path, **more: object) -> StackPlan:
    return StackPlan(root=folder, data_dir=folder, host="127.0.0.1", port=8080, bot_python=Path("python"), **more)  # type: ignore[arg-type]


def test_the_running_desk_pays_at_the_pretend_alipay(tmp_path: Path) -> None:
    """What `desk run` gives its web server and worker are whole settings for the sandbox that it starts."""
    give_keys(tmp_path)
    given = Roles(plan(tmp_path), PORTS)._alipay()
    names = {name.removeprefix("DESK_").lower(): value for name, value in given.items()}
    found = runtime_of(tmp_path, **names).alipay()
    assert found is not None
    assert found.gateway == "http://127.0.0.1:4242/alipay/gateway.do"


@pytest.mark.parametrize("more", [{"with_sandbox": False}, {"alipay_gateway": "https://openapi.alipay.com/gateway.do"}])
def test_a_real_alipay_is_not_replaced(tmp_path: Path, more: dict[str, object]) -> None:
    """Without a sandbox, or with a gateway of one's own, nothing is set."""
    assert Roles(plan(tmp_path, **more), PORTS)._alipay() == {}
