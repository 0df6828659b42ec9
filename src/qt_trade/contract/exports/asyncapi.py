"""The contract as an AsyncAPI 3 document: channels, messages, and who sends and receives them.

One document for all parties: an operation ``engine.sends.trading_status`` is what the engine does.
AsyncAPI's Redis binding is empty as yet, so how a kind travels stands in ``x-redis``.
"""

import re
from collections.abc import Iterator
from typing import Any

from qt_trade.contract.endpoints import (
    DIGEST_PREFIX,
    REVISION_PREFIX,
    Command,
    Document,
    Endpoint,
    Feed,
    Log,
    Party,
)
from qt_trade.contract.exports.schemas import (
    DIALECT,
    REPLY_FILE,
    facts_of,
    file_name,
    is_word,
    safe_name,
)
from qt_trade.contract.registry import KEYS
from qt_trade.contract.replies import REPLIES_PREFIX, REPLY_PREFIX

Node = dict[str, Any]

_REPLIES = "replies.BUS"
_PARTS = {
    "SYMBOL": "A US ticker in dot form, such as AAPL or BRK.B",
    "ID": "The session's id",
    "INSTANCE": "A process of a role: role, host and process",
    "PROVIDER": "A provider of market data, such as finnhub",
    "RUN": "The id of the run",
}
_DESCRIPTION = """\
Backend and frontends speak through these Redis keys, streams and channels and through nothing \
else. Every message is validated on writing and on reading; what does not fit is refused with the \
path of the field and kept in contract:dead_letters. A frontend reads over fields it does not know; \
a setting or a command with an unknown or a missing field is refused."""


def asyncapi_document(version: str) -> Node:
    """Return the document. ``version``: of the product, for the contract has the same."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "QtTrade's contract",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "redis": _server("redis", "The Redis or Valkey of a run, without encryption"),
            "rediss": _server("rediss", "The same over TLS"),
        },
        "channels": {safe_name(key): _channel(key) for key in KEYS} | {_REPLIES: _reply_channel()},
        "operations": dict(sorted(_operations())),
        "components": {
            "messages": {safe_name(key): _message(key) for key in KEYS} | {"reply": _reply()},
            "securitySchemes": {
                "users": {
                    "type": "userPassword",
                    "description": "viewer reads; trader also writes what frontends write; backend "
                    "is for the roles. See users.acl.",
                }
            },
        },
    }


def _server(protocol: str, words: str) -> Node:
    return {
        "host": "{host}:{port}",
        "protocol": protocol,
        "description": words,
        "variables": {"host": {"default": "127.0.0.1"}, "port": {"default": "6379"}},
        "security": [{"$ref": "#/components/securitySchemes/users"}],
    }


def _channel(key: Endpoint[Any]) -> Node:
    parts = re.findall(r"{(\w+)}", key.name)
    channel: Node = {
        "address": key.name,
        "title": key.name,
        "description": f"{key.what}.",
        "messages": {safe_name(key): {"$ref": f"#/components/messages/{safe_name(key)}"}},
    }
    if parts:
        channel["parameters"] = {part: {"description": f"{_PARTS[part]}."} for part in parts}
    return channel | {"x-redis": travels(key), "x-contract": facts_of(key)}


def travels(key: Endpoint[Any]) -> Node:
    """Return how a key's messages travel in Redis, in words that a client can be written by."""
    name = key.name
    match key:
        case Document():
            return _document_travels(key)
        case Feed():
            return {"read": f"SUBSCRIBE {name}", "push": "JSON"}
        case Log():
            return {
                "read": f"XREVRANGE {name} + - COUNT n; the JSON is in field d",
                "resume": f"XRANGE {name} (ID +; when ID is older than the first entry, some are "
                "missed",
                "listen": f"SUBSCRIBE {name}",
                "push": "ID JSON, or `0-0 ` when the log was begun anew: read it again",
                "append": f"XADD {name} MAXLEN {key.cap} * d JSON and PUBLISH {name} 'ID JSON', in "
                "one script",
            }
        case _:
            return {
                "send": f"SUBSCRIBE {REPLIES_PREFIX}BUS, then XADD {name} * d JSON r BUS; BUS is "
                "any word of the sender's own",
                "answer": f"published on {REPLIES_PREFIX}BUS as JSON, and kept for an hour at "
                f"{REPLY_PREFIX}COMMAND_ID",
                "again": "the same command_id again is answered again and carried out once",
            }


def _document_travels(key: Document[Any]) -> Node:
    way = _plain_way(key) if key.plain else _pushed_way(key)
    if key.ttl_s is not None:
        way["expiry"] = f"{key.ttl_s:g} s after it was written last, unless it is written again"
    if key.foreign_writers:
        way["foreign"] = (
            f"a plain SET or DEL of {key.name} is noticed by keyspace notifications "
            f"(__keyspace@0__:{key.name}), validated the same way and taken over, or refused; "
            f"{DIGEST_PREFIX}{key.name} tells its writer from one of ours"
        )
    return way


def _plain_way(key: Document[Any]) -> Node:
    return {
        "read": f"GET {key.name}",
        "listen": f"SUBSCRIBE __keyspace@0__:{key.name}",
        "push": "what was done (set, del, expired): read it again",
        "write": f"SET {key.name} JSON" + ("" if key.ttl_s is None else f" EX {key.ttl_s:g}"),
        "end": f"DEL {key.name}",
    }


def _pushed_way(key: Document[Any]) -> Node:
    name, value = key.name, "WORD" if is_word(key) else "JSON"
    return {
        "read": f"GET {name}; the revision stands at {REVISION_PREFIX}{name}",
        "listen": f"SUBSCRIBE {name}",
        "push": f"REVISION {value}; nothing after the blank when it was deleted. After each "
        "subscription read it once: what is pushed from then on is newer",
        "write": f"SET {name}, INCR {REVISION_PREFIX}{name} and PUBLISH {name} 'REVISION {value}', "
        "in one script",
    }


def _operations() -> Iterator[tuple[str, Node]]:
    for key in KEYS:
        for party in sorted(key.writers):
            yield f"{party}.sends.{safe_name(key)}", _operation("send", key, party)
        for party in sorted(key.readers):
            yield f"{party}.receives.{safe_name(key)}", _operation("receive", key, party)


def _operation(action: str, key: Endpoint[Any], party: Party) -> Node:
    name = safe_name(key)
    operation: Node = {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "tags": [{"name": str(party)}],
    }
    if isinstance(key, Command):
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{_REPLIES}"},
            "messages": [{"$ref": f"#/channels/{_REPLIES}/messages/reply"}],
        }
    return operation


def _message(key: Endpoint[Any]) -> Node:
    message: Node = {
        "name": safe_name(key),
        "title": key.name,
        "summary": f"{key.what}.",
        "contentType": "text/plain" if is_word(key) else "application/json",
        "payload": _payload(file_name(key)),
    }
    if isinstance(key, Command):
        words = "Field r of the stream's entry: where the reply is published."
        message["headers"] = {
            "type": "object",
            "properties": {"r": {"type": "string", "description": words}},
        }
        message["correlationId"] = {
            "description": "The reply carries the same.",
            "location": "$message.payload#/command_id",
        }
    return message


def _payload(file: str) -> Node:
    return {
        "schemaFormat": f"application/schema+json;version={DIALECT.split('/')[-2]}",
        "schema": {"$ref": f"./schemas/{file}"},
    }


def _reply_channel() -> Node:
    return {
        "address": f"{REPLIES_PREFIX}{{BUS}}",
        "title": f"{REPLIES_PREFIX}{{BUS}}",
        "description": "The answers to one sender's commands.",
        "messages": {"reply": {"$ref": "#/components/messages/reply"}},
        "parameters": {
            "BUS": {
                "description": "What the sender put into field r.",
                "location": "$message.header#/r",
            }
        },
        "x-redis": {
            "read": f"SUBSCRIBE {REPLIES_PREFIX}BUS",
            "push": "JSON",
            "kept": f"GET {REPLY_PREFIX}COMMAND_ID, for an hour",
        },
    }


def _reply() -> Node:
    return {
        "name": "reply",
        "title": "The answer to a command",
        "contentType": "application/json",
        "payload": _payload(REPLY_FILE),
        "correlationId": {
            "description": "The command's own id.",
            "location": "$message.payload#/command_id",
        },
    }
