"""compose.yaml and the image: whole, without a literal secret, and in step with the program."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import AliasChoices, BaseModel
from ruamel.yaml import YAML

from qt_trade.cli import main
from qt_trade.cli.first_files import DATABASE_URL, POSTGRES_PASSWORD
from qt_trade.cli.options import Role
from qt_trade.roles.supervision.users import EVERYBODY
from qt_trade.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "qtrade:local"}
LASTING = {name: one for name, one in SERVICES.items() if name != "prepare"}
IMAGE = (ROOT / "Containerfile").read_text()


def known_variables(model: type[BaseModel] = Settings, prefix: str = "QTRADE_") -> Iterator[str]:
    """Return every variable that the settings read."""
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            yield from (str(choice) for choice in alias.choices)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from known_variables(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def test_it_fits_the_schema_of_compose_files() -> None:
    """The published schema, which stands in the checker itself: nothing is fetched."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*checker, str(ROOT / "compose.yaml")], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_role_is_a_service() -> None:
    """Each plays itself; one more decides the run."""
    commands = {name: one["command"] for name, one in OURS.items()}
    assert commands == {"prepare": ["prepare"]} | {
        role.value: ["role", role.value] for role in Role
    }


@pytest.mark.parametrize("name", OURS)
def test_its_commands_exist(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a service runs, and how its health is asked, are commands of the program."""
    service = OURS[name]
    asked = [service["command"]]
    if name in LASTING:
        head, program, *words = service["healthcheck"]["test"]
        assert (head, program) == ("CMD", "qtrade")
        assert words[-2:] == ["--check", name]
        asked.append(words)
    for words in asked:
        assert main.run([*words, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize("name", OURS)
def test_its_settings_are_known(name: str) -> None:
    """A misspelt variable would be ignored in silence."""
    assert set(OURS[name]["environment"]) <= set(known_variables())


@pytest.mark.parametrize("name", SERVICES)
def test_its_secrets_are_declared_and_made_by_init(name: str) -> None:
    """Each stands in a file of its own; the path in the environment is where it is mounted."""
    declared = COMPOSE["secrets"]
    made = {POSTGRES_PASSWORD, DATABASE_URL} | {f"secrets/redis_{u}_password" for u in EVERYBODY}
    for secret in SERVICES[name]["secrets"]:
        assert declared[secret]["file"].removeprefix("./") in made
    named = [
        value.removeprefix("/run/secrets/")
        for key, value in SERVICES[name].get("environment", {}).items()
        if key.endswith("_FILE")
    ]
    assert set(named) <= set(SERVICES[name]["secrets"])


def test_nobody_but_their_users_is_handed_a_secret() -> None:
    """The admin's and the trader's passwords are mounted nowhere."""
    assert set(COMPOSE["secrets"]) == {
        "redis_viewer_password", "redis_backend_password", "postgres_password", "database_url",
    }  # fmt: skip
    for name, service in OURS.items():
        assert set(service["secrets"]) == {"redis_backend_password", "database_url"}, name


@pytest.mark.parametrize("name", SERVICES)
def test_it_runs_with_few_rights_on_the_one_network(name: str) -> None:
    """Not root, nothing to write but its own folder, no capabilities."""
    service = SERVICES[name]
    assert service["networks"] == ["qt_trade_network"]
    assert re.fullmatch(r"\$\{QTRADE_UID:\?.+\}:\$\{QTRADE_GID:\?.+\}", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", LASTING)
def test_it_is_kept_alive_and_asked_for_its_health(name: str) -> None:
    """All but the one-shot are started again, and unhealthy ones are seen."""
    service = LASTING[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])


def test_roles_wait_for_what_they_need() -> None:
    """For the tables and the decided run, and for a Redis that answers."""
    assert SERVICES["prepare"]["restart"] == "no"
    assert SERVICES["prepare"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name, service in OURS.items():
        if name == "prepare":
            continue
        needs = {one: how["condition"] for one, how in service["depends_on"].items()}
        assert needs == {"prepare": "service_completed_successfully", "redis": "service_healthy"}


def test_only_this_machine_reaches_a_port() -> None:
    """Redis alone, on loopback, for a desktop here."""
    ports = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert list(ports) == ["redis"]
    assert all(port.startswith("127.0.0.1:") for port in ports["redis"])


def test_no_password_stands_in_it() -> None:
    """Neither in a URL nor in a variable nor in a command."""
    text = (ROOT / "compose.yaml").read_text()
    assert not re.search(r"://[^@\s]*:[^@\s]+@", text)
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or str(value).startswith("/run/secrets/"), key
        assert "requirepass" not in str(service.get("command"))


def test_no_registry_is_named() -> None:
    """Images and packages come from where the person's engine and pip are told to look."""
    for service in SERVICES.values():
        assert "." not in service["image"].partition("/")[0].partition(":")[0]
    froms = re.findall(r"^FROM (\S+)", IMAGE, re.MULTILINE)
    assert len(froms) == 2
    assert not any("." in one.partition(":")[0] for one in froms)
    assert "http" not in IMAGE
    assert "--index" not in IMAGE


def test_the_image_is_small_and_not_roots() -> None:
    """Locked dependencies of the server part alone; the last word on the user is not root."""
    assert "dev.py setup --only server" in IMAGE
    users = re.findall(r"^USER (\S+)", IMAGE, re.MULTILINE)
    assert users == ["10001:10001"]
    assert IMAGE.index("USER 10001") > IMAGE.rindex("RUN ")
    copied = re.findall(r"^COPY (?:--from=build )?(.+)$", IMAGE, re.MULTILINE)
    for line in copied:
        for source in line.split()[:-1]:
            assert source.startswith("/app/") or (ROOT / source).exists(), source


def test_the_servers_users_and_events_are_switched_on() -> None:
    """The ACL file of `qtrade init`, durable writes, and the events the contract lives by."""
    command = [str(word).replace("$$", "$") for word in SERVICES["redis"]["command"]]
    told = dict(zip(command[1::2], command[2::2], strict=True))
    assert told["--aclfile"] == "/etc/valkey/users.acl"
    assert "./valkey:/etc/valkey:ro" in SERVICES["redis"]["volumes"]
    assert set("K$gx") <= set(told["--notify-keyspace-events"])
    assert (told["--appendonly"], told["--appendfsync"]) == ("yes", "always")
