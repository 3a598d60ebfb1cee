"""`compose.yml`: every role twice, hardened, secrets as files, the bot sealed."""

import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from deploy.files import DEPLOY, PRODUCT_USER, ROLES, SECRETS, SETTING, SETTINGS, Document, of_compose

SERVICES = of_compose()["services"]
FOLDER = DEPLOY / "compose"


def own() -> dict[str, Document]:
    """What runs of our images."""
    return {name: one for name, one in SERVICES.items() if one["image"].startswith("${CITYDESK_")}


def role_of(service: Document) -> str:
    return "bot" if "BOT_IMAGE" in service["image"] else str(service["command"][0])


def test_every_role_runs() -> None:
    """Serve, worker and bot twice, so that one may fail."""
    found = [role_of(one) for one in own().values() if one.get("restart") != "no"]
    assert {role: found.count(role) for role in ROLES} == {"serve": 2, "worker": 2, "bot": 2, "actions": 1}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened_and_bounded(name: str) -> None:
    """Read-only, without rights, with limits of memory, processors and processes, and logs that rotate."""
    one = SERVICES[name]
    limits = one["deploy"]["resources"]["limits"]
    assert (one["read_only"], one["cap_drop"], one["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert {"cpus", "memory", "pids"} <= set(limits)
    assert one["logging"]["options"]["max-size"]
    assert set(one.get("cap_add", [])) <= {"NET_BIND_SERVICE"}


@pytest.mark.parametrize("name", own())
def test_what_is_ours_runs_without_rights(name: str) -> None:
    """As the user of the images, and with a temporary folder in memory."""
    assert own()[name]["user"] == f"{PRODUCT_USER}:{PRODUCT_USER}"
    assert any(mount.startswith("/tmp:") for mount in own()[name]["tmpfs"])


@pytest.mark.parametrize("name", [name for name, one in SERVICES.items() if name not in own()])
def test_images_of_others_are_named_by_digest(name: str) -> None:
    """No tag that moves."""
    assert re.search(r"@sha256:[0-9a-f]{64}$", SERVICES[name]["image"])


def test_the_bot_is_sealed() -> None:
    """It stands in networks without a way out, in which are those alone whom it may meet; and holds no secret."""
    networks = of_compose()["networks"]
    for name, one in own().items():
        if role_of(one) == "bot" and one.get("command") is None:
            assert [net for net in one["networks"] if not networks[net].get("internal")] == [], name
            assert ("secrets" in one, "env_file" in one, set(one["environment"])) == (False, False, {"ACTIONS_URL"})
            near = {role_of(other) for other in own().values() if set(other.get("networks", [])) & set(one["networks"])}
            assert near == {"bot", "worker", "serve", "actions"}
    assert not any("data" in one.get("networks", []) for one in own().values() if "BOT_IMAGE" in one["image"])


def test_who_makes_the_bots_keys_reaches_nobody() -> None:
    """It sees the secret, and has no network."""
    assert (SERVICES["prepare-bot"]["network_mode"], SERVICES["prepare-bot"]["secrets"]) == (
        "none",
        ["DESK_SECRET_KEY"],
    )


def test_only_the_proxy_is_reached_from_outside() -> None:
    """Nobody else publishes a port."""
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["proxy"]


def test_the_proxy_that_is_believed_is_the_proxy() -> None:
    """Limits count residents by what it says."""
    address = SERVICES["proxy"]["networks"]["edge"]["ipv4_address"]
    assert {SERVICES[name]["environment"]["DESK_TRUSTED_PROXIES"] for name in ("serve-1", "serve-2")} == {address}
    shared = {net for net in SERVICES["proxy"]["networks"] if net in SERVICES["serve-1"]["networks"]}
    assert shared == {"edge"}


def test_settings_are_there_and_no_secret_is_among_them() -> None:
    """Secrets are files; their names are those of settings."""
    text = (FOLDER / "compose.yml").read_text(encoding="utf-8")
    named = {name for one in own().values() for name in one.get("environment", {})}
    assert set(SETTING.findall(text)) <= SETTINGS
    assert named & SECRETS == set()
    assert {name for name in of_compose()["secrets"] if name.startswith("DESK_")} <= SECRETS


def test_variables_that_must_be_given_stand_in_the_example() -> None:
    """`.env.example` is all that is to be filled in."""
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (FOLDER / "compose.yml").read_text(encoding="utf-8")))
    shown = set(re.findall(r"^#?([A-Z_]+)=", (FOLDER / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert wanted == shown


def test_secrets_are_made_once_and_fit_together(tmp_path: Path) -> None:
    """All that compose.yml names; a second run changes none."""
    script = tmp_path / "make-secrets"
    script.write_bytes((FOLDER / "make-secrets").read_bytes())
    subprocess.run(["sh", str(script)], check=True, capture_output=True, timeout=30)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", str(script)], check=True, capture_output=True, timeout=30)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made
    assert set(made) == set(of_compose()["secrets"])
    assert f":{made['postgres_password']}@postgres/" in made["DESK_DATABASE_URL"]
    assert made["DESK_REDIS_URL"].partition("://:")[2].partition("@")[0] in made["valkey.conf"]
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    key = load_pem_private_key(made["alerts.pem"].encode(), password=None)
    assert key.public_key() == load_pem_x509_certificate(made["alerts.pem"].encode()).public_key()


def test_alerts_are_signed_by_one_key_whoever_serves() -> None:
    """Who reads signed alerts knows one certificate."""
    for name in ("serve-1", "serve-2"):
        assert SERVICES[name]["environment"]["DESK_ALERTS_KEY_FILE"] == "/run/secrets/alerts.pem"
        assert "alerts.pem" in SERVICES[name]["secrets"]
    assert [name for name, one in own().items() if "alerts.pem" in one.get("secrets", [])] == ["serve-1", "serve-2"]
