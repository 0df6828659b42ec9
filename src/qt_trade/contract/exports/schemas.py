"""A JSON Schema 2020-12 of every payload: all that the validators hold a message to.

Where the two differ a schema is the narrower one, so that what fits it is always taken:

- An amount may also be written as text with an exponent or with underscores, and a moment with
  ``t``, ``z`` or a blank in place of ``T`` and ``Z``, or without the colon in its offset.
- A word at a key may stand in JSON quotes.

Two things no schema can say: a whole number is written without a fraction, 1 and not 1.0; and an
amount in a setting or an order that is given as a number has at most six decimal places, shares
have nine.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from qt_trade.contract.amounts import AMOUNT_MAX
from qt_trade.contract.endpoints import Command, Document, Endpoint, Framing, Log, Party
from qt_trade.contract.exports.rules import AMOUNT_RULES, CROSS_FIELD_RULES
from qt_trade.contract.payloads.base import AMOUNT_PLACES, QUANTITY_PLACES, SHARES_MAX
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.registry import KEYS
from qt_trade.contract.replies import REPLY_PREFIX

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REPLY_FILE = "reply.COMMAND_ID.schema.json"
FACTS = "x-contract"
"""What a schema says beside the payload: kind, parties, freshness, how it is kept."""

_DEFINITIONS = "#/$defs/"
_LIMIT = int(AMOUNT_MAX)
_DIGITS = len(str(_LIMIT)) - 1
_AMOUNT_TEXT = rf"0*([0-9]{{1,{_DIGITS}}}(\.[0-9]*)?|{_LIMIT}(\.0*)?|\.[0-9]+)$"
_PLACES = rf"[0-9]{{0,{AMOUNT_PLACES}}}0*"
_GIVEN_TEXT = (
    rf"^\+?0*([0-9]{{1,{_DIGITS}}}(\.{_PLACES})?|{_LIMIT}(\.0*)?|\.[0-9]{{1,{AMOUNT_PLACES}}}0*)$"
)
_PARTS = rf"[0-9]{{0,{QUANTITY_PLACES}}}0*"
_SHARES_DIGITS = len(str(SHARES_MAX)) - 1
_SHARES_TEXT = (
    rf"^\+?0*([0-9]{{1,{_SHARES_DIGITS}}}(\.{_PARTS})?|{SHARES_MAX}(\.0*)?"
    rf"|\.[0-9]{{1,{QUANTITY_PLACES}}}0*)$"
)
_DATE = r"[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_HOUR_MINUTE = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_SHARED: dict[str, Schema] = {
    "Amount": {
        "description": "US dollars, exact: a number, or the same as text.",
        "anyOf": [
            {"type": "number", "minimum": -_LIMIT, "maximum": _LIMIT},
            {"type": "string", "pattern": f"^[+-]?{_AMOUNT_TEXT}"},
        ],
    },
    "AmountNotNegative": {
        "description": "US dollars, exact, at least 0: a number, or the same as text.",
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": _LIMIT},
            {"type": "string", "pattern": _GIVEN_TEXT},
        ],
    },
    "AmountPositive": {
        "description": "US dollars, exact, above 0: a number, or the same as text.",
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0, "maximum": _LIMIT},
            {"type": "string", "pattern": _GIVEN_TEXT, "not": {"pattern": "^[+0.]*$"}},
        ],
    },
    "SharesPositive": {
        "description": "Shares, more than 0, in part too: a number, or the same as text.",
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0, "maximum": SHARES_MAX},
            {"type": "string", "pattern": _SHARES_TEXT, "not": {"pattern": "^[+0.]*$"}},
        ],
    },
    "Moment": {
        "description": "An ISO 8601 time with its zone, such as 2013-10-04T14:30:00Z.",
        "type": "string",
        "format": "date-time",
        # "format" alone is a remark to most readers; this much they all hold a message to.
        "pattern": rf"^{_DATE}T{_HOUR_MINUTE}:[0-5][0-9](\.[0-9]{{1,6}})?(Z|[+-]{_HOUR_MINUTE})$",
    },
}


def schema_files() -> dict[str, str]:
    """Return the text of every schema by the name of its file, the reply to commands among them."""
    files = {file_name(key): to_text(schema_of(key)) for key in KEYS}
    return files | {REPLY_FILE: to_text(reply_schema())}


def file_name(key: Endpoint[Any]) -> str:
    """Return a key's name as a file's: ``session:{ID}`` is ``session.ID.schema.json``."""
    return f"{safe_name(key)}.schema.json"


def safe_name(key: Endpoint[Any]) -> str:
    """Return a key's name in letters, digits, ``_`` and dots."""
    return key.name.replace(":", ".").replace("{", "").replace("}", "")


def to_text(document: Mapping[str, Any]) -> str:
    """Return a document as the committed files have it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def schema_of(key: Endpoint[Any]) -> Schema:
    """Return the schema of one key's payload with the facts of its declaration."""
    return _head(key.name, safe_name(key), key.what) | {FACTS: facts_of(key)} | _body(key.payload)


def reply_schema() -> Schema:
    """Return the schema of the answer to a command."""
    name = f"{REPLY_PREFIX}{{COMMAND_ID}}"
    facts = {"key": name, "kind": "reply", "writers": [Party.ENGINE], "readers": sorted(Party)}
    head = _head(name, "reply.COMMAND_ID", "The answer to a command")
    return head | {FACTS: facts} | _body(Reply)


def facts_of(key: Endpoint[Any]) -> Schema:
    """Return what the registry declares of a key beside its payload."""
    facts: Schema = {
        "key": key.name,
        "kind": type(key).__name__.lower(),
        "writers": sorted(key.writers),
        "readers": sorted(key.readers),
        "bytes_max": key.bytes_max,
    }
    match key:
        case Document():
            facts |= {"framing": str(key.framing), "stale_after_s": key.stale_after_s}
            facts |= {"ttl_s": key.ttl_s, "plain": key.plain}
            facts |= {"foreign_writers": key.foreign_writers}
        case Log():
            facts |= {"cap": key.cap}
        case Command():
            facts |= {"reply": REPLY_FILE}
        case _:
            pass
    return facts


def is_word(key: Endpoint[Any]) -> bool:
    """Whether the value stands at its key as a plain word; its schema describes the word."""
    return isinstance(key, Document) and key.framing is Framing.WORD


def _head(name: str, file: str, what: str) -> Schema:
    return {"$schema": DIALECT, "$id": f"urn:qtrade:contract:{file}", "title": name,
            "description": f"{what}."}  # fmt: skip


def _body(payload: Any) -> Schema:
    (body,), definitions = msgspec.json.schema_components([payload])
    shared: set[str] = set()
    made = {name: _definition(name, one, shared) for name, one in definitions.items()}
    whole: Schema = _mended(body, shared)
    made |= {name: _SHARED[name] for name in shared}
    used = _used(whole, made)
    return whole | ({"$defs": {name: made[name] for name in sorted(used)}} if used else {})


def _used(schema: Schema, definitions: Mapping[str, Schema]) -> set[str]:
    """Return the definitions that a schema refers to, directly or through others."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        text = json.dumps(waiting.pop())
        new = {name for name in definitions if f'"{_DEFINITIONS}{name}"' in text} - found
        found |= new
        waiting += [definitions[name] for name in new]
    return found


def _definition(name: str, schema: Schema, shared: set[str]) -> Schema:
    made: Schema = _mended(schema, shared)
    if "enum" in made:
        made["type"] = "string"
    if "description" in made:
        made["description"] = " ".join(made["description"].replace("``", "`").split())
    for field, kind in AMOUNT_RULES.get(name, {}).items():
        made["properties"][field] = _narrowed(made["properties"][field], kind)
        shared.add(kind)
    return made | CROSS_FIELD_RULES.get(name, {})


def _narrowed(schema: Any, kind: str) -> Any:
    """Return a field's schema with its amounts of the narrower kind."""
    if isinstance(schema, dict):
        if schema.get("$ref") == f"{_DEFINITIONS}Amount":
            return schema | {"$ref": f"{_DEFINITIONS}{kind}"}
        return {name: _narrowed(part, kind) for name, part in schema.items()}
    return [_narrowed(part, kind) for part in schema] if isinstance(schema, list) else schema


def _mended(schema: Any, shared: set[str]) -> Any:
    """Return what msgspec says with what the codec adds, and without what is no JSON Schema."""
    if isinstance(schema, list | tuple):  # a tuple: the default of a field
        return [_mended(part, shared) for part in schema]
    if not isinstance(schema, dict):
        return schema
    name = {"decimal": "Amount", "date-time": "Moment"}.get(str(schema.get("format")))
    if name is not None:
        shared.add(name)
        kept = {word: schema[word] for word in ("title", "description") if word in schema}
        return {"$ref": f"{_DEFINITIONS}{name}"} | kept
    made = {word: _mended(part, shared) for word, part in schema.items() if word != "discriminator"}
    if set(made) == {"enum"} and len(made["enum"]) == 1:
        return {"const": made["enum"][0]}
    if isinstance(pattern := made.get("pattern"), str):
        # In JSON Schema's dialect $ is the very end, and some readers know no looking ahead.
        made["pattern"] = pattern.replace(r"(?!\n)$", "$")
    return made
