"""The one configuration class. Only `app/runtime.py` and `cli.py` read it; all else receives values as arguments."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings come from the environment as `DESK_<NAME>`, from `.env`, or from files of a folder of secrets.

    Unknown `DESK_` names are refused.
    """

    model_config = SettingsConfigDict(env_prefix="DESK_", env_file=".env", frozen=True, extra="forbid")

    data_dir: Path = Field(Path(".desk"), description="Where the embedded default keeps all its state.")
    root_dir: Path = Field(Path(), description="The folder with cities/, nlu/, locales/ and the model.")
    cities: Path | None = Field(
        None,
        description="Folder with cities/, guides/, locales/ or nlu/ of your own, laid over the product's. Relative to"
        " DESK_ROOT_DIR.",
    )
    only_cities: str = Field(
        "",
        description="Cities that are served, as their files are called, separated by commas; the same for all"
        " processes. Unset: all.",
    )
    secrets_dir: Path | None = Field(
        None,
        description="Folder with settings as files, each called as its setting (DESK_SECRET_KEY): secrets that"
        " containers and systemd mount. Of the environment alone; what it says itself counts before a file.",
    )
    host: str = Field("127.0.0.1", description="Address that `desk serve` listens on.")
    port: int = Field(8080, ge=0, le=65_535, description="Port that `desk serve` listens on.")
    public_url: str | None = Field(None, description="Address residents reach, without a trailing slash.")
    trusted_proxies: str = Field(
        "",
        description="Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks, separated"
        " by commas.",
    )
    chat_origins: str = Field(
        "",
        description="Sites whose pages may hold the chat of any city: https://host, separated by commas. Those of one"
        " city stand in its file.",
    )
    icp_number: str | None = Field(
        None, description="The site's ICP filing, as every page's foot says it. Unset: it has none."
    )
    police_number: str | None = Field(
        None, description="The site's filing with the public security bureau, likewise. Unset: it has none."
    )
    feed_authority: str | None = Field(
        None,
        pattern=r"^[a-z0-9.-]+,[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
        description="What ids in feeds begin with: a domain that was yours in a year, as gov.example,2026 (RFC 4151)."
        " Unset: the domain of residents' address. Set it before that changes: ids must not.",
    )
    websub_hub: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="WebSub hub that is told when feeds of announcements change. Unset: feeds name none.",
    )
    push_hosts: str = Field(
        "",
        description="Push services of browsers that may be told that there is news in the web chat, as hosts separated"
        " by commas, `*.` before one for all below it. Unset: nobody is asked whether they wish to be told.",
    )
    push_contact: str | None = Field(
        None,
        pattern=r"^(https://|mailto:)\S+$",
        description="How a push service reaches you: mailto:… or https://… Unset: the address residents reach.",
    )
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL, as postgresql://user:password@host/database. Unset: the embedded one."
    )
    redis_url: SecretStr | None = Field(None, description="Valkey or Redis, as redis://… Unset: the embedded one.")
    bot_url: str | None = Field(
        None,
        description="Addresses of the bots, separated by commas: each turn is asked of one that answers. Unset: the one"
        " that `desk run` started.",
    )
    candidate_url: str | None = Field(
        None,
        description="Address of bots with the model on trial (`desk bot --candidate`), which answers those residents"
        " that its trial names. Unset: the one that `desk run` started.",
    )
    standby_minutes: int = Field(
        60,
        ge=0,
        le=1440,
        description="So long after a release `desk run` keeps the bot with the model before: going back to it takes"
        " seconds. It costs the memory of a bot; 0 ends it at once.",
    )
    actions_url: str | None = Field(None, description="Address of the actions server. Unset: as for the bot.")
    sandbox_url: str | None = Field(None, description="Address that `sandbox:` endpoints of city files stand for.")
    alipay_gateway: str | None = Field(
        None, description="Alipay's gateway.do. Unset: the pretend one under `desk run`, else nothing can be paid."
    )
    alipay_app_id: str | None = Field(None, description="Our application at Alipay.")
    alipay_seller_id: str | None = Field(None, description="The seller whose money it is, 2088…")
    alipay_app_key_file: Path | None = Field(None, description="Our application's private key, PEM or base64.")
    alipay_public_key_file: Path | None = Field(None, description="Alipay's public key, PEM or base64.")
    bot_python: Path | None = Field(None, description="Python of the bot's environment. Unset: bot/.venv.")
    bind_host: str = Field("127.0.0.1", description="Address that bot, actions and sandbox listen on.")
    bot_port: int = Field(0, ge=0, le=65_535, description="Port of the bot; 0 takes a free one.")
    actions_port: int = Field(0, ge=0, le=65_535, description="Port of the actions server; 0 takes a free one.")
    sandbox_port: int = Field(0, ge=0, le=65_535, description="Port of the sandbox; 0 takes a free one.")
    turns_in_flight: int = Field(16, ge=1, le=200, description="Turns a worker holds open at once.")
    bot_timeout_seconds: float = Field(8.0, description="How long a worker waits for the bot.")
    metrics_host: str = Field(
        "127.0.0.1", description="Address on which each role answers /metrics and /health; never a public one."
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65_535,
        description="Port of a role's /metrics and /health, apart from where it is reached; 0 takes a free one, which"
        " the log names. Under `desk run` that of the worker.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="How log lines are written.")
    new_sessions_per_second: int = Field(10, description="Web chat sessions that one address may open in a second.")
    messages_per_minute: int = Field(600, description="New messages that one session may post in a minute.")
    session_days: int = Field(
        30, ge=1, description="Days after which a web chat session is over, whatever was done with it."
    )
    session_idle_days: int = Field(
        7, ge=1, description="Days without a request after which a web chat session is over."
    )
    posts_in_parallel: int = Field(50, description="Posts that one session may have open at once.")
    secret_key: SecretStr | None = Field(
        None,
        description="Signs addresses of pay pages and receipts, and lets roles know each other: 32 random characters or"
        " more, the same for all processes. Unset: one that `desk run` keeps in the data directory.",
    )
    secret_keys_valid: SecretStr | None = Field(
        None,
        description="Further secrets by which something may be signed while DESK_SECRET_KEY is rotated, separated by"
        " commas.",
    )
    data_key: SecretStr | None = Field(
        None,
        description="The secret that seals what orders hold of persons, accounts' credentials and residents' addresses,"
        " and that looks up by keyed hashes; it does not rotate. Unset: DESK_SECRET_KEY, which then does not either.",
    )
    cipher: Literal["aes-256-gcm", "sm4-gcm"] = Field(
        "aes-256-gcm",
        description="Seals what is kept of conversations. SM4 is China's national algorithm; what another sealed stays"
        " readable.",
    )
    master_keys: SecretStr | None = Field(
        None,
        description="Keys that wrap the keys of conversations, NAME:KEY separated by commas, the current one first."
        " Unset: those of a command or a file.",
    )
    master_keys_command: str | None = Field(
        None, description="A command that prints the master keys: the way to a key management system."
    )
    master_keys_file: Path | None = Field(
        None,
        description="File of the master keys, the same for all processes. Unset: master.keys in the data directory;"
        " without one, a key that follows from DESK_DATA_KEY.",
    )
    staff_key: SecretStr | None = Field(
        None,
        description="Key by which a command acts, as `desk user key` gives it to programs. Unset: as whoever logged in"
        " with `desk login`.",
    )
    staff_session_hours: int = Field(10, ge=1, le=24, description="Hours after which a login of staff is over.")
    staff_idle_minutes: int = Field(
        60, ge=5, le=600, description="Minutes without a request after which a login of staff is over."
    )
    openid_issuer: str | None = Field(
        None, description="Identity provider by which staff log in too (OpenID Connect), as it calls itself."
    )
    openid_client_id: str | None = Field(None, description="What this installation is called there.")
    openid_client_secret: SecretStr | None = Field(None, description="Its secret there, where it has one.")
    openid_claim: str = Field("preferred_username", description="Claim of the provider that is the login here.")
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server for alerts to staff, and for residents who left an address:"
        " smtp://user:password@host:587 (STARTTLS) or smtps://…",
    )
    mail_from: str | None = Field(None, description="Address that mail comes from.")
    alert_webhook_url: str | None = Field(
        None, description="Address (https) that alerts to staff are posted to, as JSON."
    )
    alert_webhook_secret: SecretStr | None = Field(
        None, description="Signs what is posted there (Desk-Signature): 32 random characters or more."
    )
    alerts_key_file: Path | None = Field(
        None,
        description="Private key that emergency alerts of ours are signed with, PEM (P-256 or RSA). Unset: one that is"
        " made and kept in the data directory, with a certificate of its own; set it where `desk serve` runs several"
        " times.",
    )
    alerts_certificate_file: Path | None = Field(None, description="Its certificate, PEM.")
    refund_limit: Decimal = Field(
        Decimal("200.00"),
        ge=0,
        description="Yuan up to which one clerk pays back; a larger refund another person has to allow.",
    )
    audit_days: int = Field(
        1095,
        ge=180,
        description="Days that the audit, and who read which conversation, stay in the database; at least six months."
        " Exports of the audit stay longer.",
    )
    backup_dir: Path | None = Field(
        None,
        description="Folder of backups of the embedded database, best on another disk: its log of changes is copied"
        " there each minute. Unset: nothing is copied. For a server of yours its own means; reports of rehearsals are"
        " kept here.",
    )
    audit_dir: Path | None = Field(
        None,
        description="Folder that the worker writes each day's audit to. Best one that nothing can be changed in. Unset:"
        " audit in the data directory.",
    )
    selftest_stops_voice: bool = Field(
        False, description="Whether the daily self-test silences an account that says something wrong or unsourced."
    )
    spool_megabytes: int = Field(
        64,
        ge=0,
        description="So much of webhooks `desk serve` keeps on disk, in the data directory, while the database is away,"
        " of platforms that soon give up (Weibo). 0: nothing; then they are lost.",
    )
    malware_scanner: str | None = Field(
        None,
        description="A clamd that looks for malware in files from residents: tcp://host:3310 or unix:///path of its"
        " socket. A file that it has not looked at is kept back. Unset: files are not scanned.",
    )
    malware_seconds: float = Field(
        5.0, gt=0, le=60, description="Seconds that a look at one file may take, before it is kept back for later."
    )
    emergency_days: int = Field(
        30,
        ge=1,
        description="Days after which what was written and said in an emergency is deleted, kind and ticket's reason"
        " too, even where the conversation goes on.",
    )
    retention_days: int = Field(30, ge=1, description="Days after its last message that a conversation is erased.")
    order_years: int = Field(
        30,
        ge=1,
        description="Years after which paid orders and receipts of erased residents are deleted, counted from the end"
        " of the year in which they were paid: so long accounting keeps vouchers (Measures for Accounting Archives,"
        " 2015). Residents are told.",
    )
    unpaid_days: int = Field(
        90,
        ge=1,
        description="Days after which orders of erased residents that nobody paid are deleted. Until then money that"
        " comes late is found by them. Residents are told.",
    )
    consent_years: int = Field(
        3,
        ge=1,
        description="Years after erasing that receipts of consent, which hold no content, are deleted: so long somebody"
        " can sue (Civil Code, article 188). Residents are told.",
    )
