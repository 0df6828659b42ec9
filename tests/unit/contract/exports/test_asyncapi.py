"""The AsyncAPI document: whole, closed in itself, and true to the registry."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Command
from qt_trade.contract.exports import schemas
from qt_trade.contract.exports.asyncapi import asyncapi_document
from qt_trade.contract.exports.older_system import older_system_page
from qt_trade.contract.older_views import VIEWS

ROOT = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations",
        "components"}  # fmt: skip
CHANNEL = {"address", "messages", "title", "summary", "description", "servers", "parameters",
           "tags", "externalDocs", "bindings"}  # fmt: skip
OPERATION = {"action", "channel", "title", "summary", "description", "security", "tags",
             "externalDocs", "bindings", "traits", "messages", "reply"}  # fmt: skip
MESSAGE = {"headers", "payload", "correlationId", "contentType", "name", "title", "summary",
           "description", "tags", "externalDocs", "bindings", "examples", "traits"}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9._-]+")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi_document("1.2.3")


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def resolved(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def known(node: dict[str, Any], fields: set[str]) -> bool:
    """Whether an object has AsyncAPI's fields and extensions only."""
    return all(name in fields or name.startswith("x-") for name in node)


def test_it_has_the_form_of_asyncapi_3(document: dict[str, Any]) -> None:
    """Fields, names and what must be there, as its specification says."""
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["version"] == "1.2.3"
    assert document["info"]["title"]
    assert known(document, ROOT)
    for server in document["servers"].values():
        assert {"host", "protocol"} <= set(server)
        assert set(re.findall(r"{(\w+)}", server["host"])) == set(server["variables"])
    for name, channel in document["channels"].items():
        assert NAME.fullmatch(name)
        assert known(channel, CHANNEL)
        parts = set(re.findall(r"{(\w+)}", channel["address"]))
        assert parts == set(channel.get("parameters", {}))
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert known(operation, OPERATION)
    for name, message in document["components"]["messages"].items():
        assert NAME.fullmatch(name)
        assert known(message, MESSAGE)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """Inside the document, or to a schema that is exported beside it."""
    files = schemas.schema_files()
    for reference in references(document):
        if reference.startswith("#/"):
            assert resolved(document, reference)
        else:
            assert reference.removeprefix("./schemas/") in files


def test_an_operations_messages_are_those_of_its_channel(document: dict[str, Any]) -> None:
    """AsyncAPI demands that they are reached through the channel."""
    for operation in document["operations"].values():
        for one in (operation, *([operation["reply"]] if "reply" in operation else [])):
            channel = one["channel"]["$ref"]
            assert all(
                message["$ref"].startswith(f"{channel}/messages/") for message in one["messages"]
            )


@pytest.mark.parametrize("key", registry.KEYS, ids=lambda one: one.name)
def test_who_sends_and_who_receives_stands_in_the_registry(
    document: dict[str, Any], key: Any
) -> None:
    """An operation for each party at each key, a reply for each command."""
    name = schemas.safe_name(key)
    found = {
        operation: one
        for operation, one in document["operations"].items()
        if one["channel"]["$ref"] == f"#/channels/{name}"
    }
    sends = {f"{party}.sends.{name}" for party in key.writers}
    receives = {f"{party}.receives.{name}" for party in key.readers}
    assert set(found) == sends | receives
    assert all(found[one]["action"] == "send" for one in sends)
    assert all(found[one]["action"] == "receive" for one in receives)
    assert all(("reply" in one) == isinstance(key, Command) for one in found.values())
    assert document["channels"][name]["address"] == key.name
    assert "x-redis" in document["channels"][name]


def test_the_older_systems_page_names_keys_that_exist() -> None:
    """Each row is about a key of ours, each view is listed."""
    page = older_system_page()
    table, _, views = page.partition("## Views")
    rows = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    gone = {"risk_status"}
    assert set(rows) - gone <= {key.name for key in registry.KEYS}
    assert len(rows) == len(set(rows)) > 25
    assert re.findall(r"^\| `([^`]+)` \|", views, re.MULTILINE) == [view.name for view in VIEWS]
    assert all(row.count("|") == 5 for row in table.splitlines() if row.startswith("| `"))
