"""The users of the Redis server, made from who writes what.

Written for servers that know selectors and the subcommands named here: Valkey 7.2 and later,
Redis 7.2 and later (the tests run on Valkey 9.1, and passed on Redis 7.4). Three traps decide its
form:

- A channel has no reading and writing side as a key has (``%R~``, ``%W~``): whoever may subscribe
  to a channel and may PUBLISH can speak on it. So subscribing stands in the root permissions, and
  PUBLISH only in selectors that name their channels. The server holds a command against one
  selector at a time, and never adds up two of them.
- What a script does is held against its user command by command, declared keys or not, so a
  script reaches nothing that its user could not reach without. Still a viewer brings no scripts of
  his own: one that never ends would stop the server for all. He needs none: a session is plain.
- A password in the configuration is readable by CONFIG GET, and CONFIG SET writes files: nobody of
  ours may either. The server that is started for us has its settings from its own file.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Command, Document, Endpoint, Log, Party
from qt_trade.contract.payloads.sessions import VIEWER_PREFIX

_HASH = re.compile(r"#[0-9a-f]{64}")

_CONNECT = (
    "hello", "auth", "ping", "echo", "select", "reset", "quit", "acl|whoami",
    "client|setname", "client|getname", "client|setinfo", "client|id", "client|info",
    "client|no-touch", "client|tracking",
)  # fmt: skip
_READ = (
    "get", "mget", "getrange", "strlen", "exists", "type", "ttl", "pttl", "expiretime",
    "pexpiretime", "xrange", "xrevrange", "xlen", "xread", "xinfo|stream", "time",
)  # fmt: skip
_LISTEN = ("subscribe", "unsubscribe", "psubscribe", "punsubscribe")
_TOGETHER = ("multi", "exec", "discard", "watch", "unwatch")
_WRITE_PLAIN = (
    "get", "mget", "set", "setex", "psetex", "del", "unlink", "expire", "pexpire",
)  # fmt: skip
_WRITE_DOCUMENT = (*_WRITE_PLAIN, "incr", "publish")
_CALL = ("evalsha",)
_BRING = ("eval", "script|load", "script|exists")


class User(StrEnum):
    """Who may log in. A viewer reads; a trader also writes what frontends write; backend: all."""

    VIEWER = "viewer"
    TRADER = "trader"
    BACKEND = "backend"


def acl_rules(user: str) -> tuple[str, ...]:
    """Return the rules of a user without its passwords, as words for ``ACL SETUSER``.

    They begin with a reset of all but the passwords, so that nothing of before is left.
    Raises ValueError for a user that does not exist.
    """
    root = ("resetkeys", "resetchannels", "clearselectors", "-@all")
    match User(user):
        case User.VIEWER:
            return (*root, *_reading(), _selector(*_own_sessions(), *_may(_WRITE_PLAIN)))
        case User.TRADER:
            return (*root, *_reading(), *_may(_BRING[1:]), *_frontend_selectors())
        case User.BACKEND:
            return (*root, *_backend())


def acl_file(passwords: Mapping[str, Sequence[str]]) -> str:
    """Return the text of an ACL file; several passwords of a user are valid at the same time.

    ``passwords``: for each user the SHA-256 of each password as ``#`` and 64 hexadecimal digits;
    a user without one is switched off. Raises ValueError for anything else.
    """
    strangers = set(passwords) - set(User)
    if strangers:
        raise ValueError(f"no such user: {', '.join(sorted(strangers))}; {_users()} are known")
    for user in User:
        if user not in passwords:
            raise ValueError(f"{user}: its passwords are missing ([] switches the user off)")
        if not all(_HASH.fullmatch(one) for one in passwords[user]):
            raise ValueError(
                f"{user}: a password is given as '#' and its SHA-256, 64 digits 0-9a-f"
            )
    return _file(passwords)


def acl_template() -> str:
    """Return the file with placeholders; no server takes it before they are filled."""
    return _file({user: (f"{{{user}}}",) for user in User})


def _file(passwords: Mapping[str, Sequence[str]]) -> str:
    lines = ["user default off resetpass resetkeys resetchannels clearselectors -@all"]
    for user in User:
        secrets = passwords[user]
        state = "on" if secrets else "off"
        lines.append(" ".join(("user", user, state, "resetpass", *secrets, *acl_rules(user))))
    return "\n".join(lines) + "\n"


def _users() -> str:
    return ", ".join(User)


def _reading() -> tuple[str, ...]:
    """Return what every frontend may: read all keys, listen to all channels."""
    return ("%R~*", "&*", *_may(_CONNECT, _READ, _LISTEN, _TOGETHER))


def _own_sessions() -> tuple[str, ...]:
    return _document(registry.SESSION, f"{VIEWER_PREFIX}*")


def _frontend_selectors() -> tuple[str, ...]:
    """Return a selector per kind: what may be done to a document is not done to a command."""
    written = [key for key in registry.KEYS if Party.FRONTEND in key.writers]
    documents = [_document(key, _any(key)) for key in written if isinstance(key, Document)]
    commands = [key.key(_any(key)) for key in written if isinstance(key, Command)]
    logs = [key.key(_any(key)) for key in written if isinstance(key, Log)]
    scripts = (_CALL, _BRING)
    return (
        _selector(
            *(rule for rules in documents for rule in rules), *_may(_WRITE_DOCUMENT, *scripts)
        ),
        _selector(*(f"%W~{key}" for key in commands), *_may(("xadd",))),
        _selector(
            *(f"~{key}" for key in logs),
            *(f"&{key}" for key in logs),
            *_may(("xadd", "publish"), *scripts),
        ),
    )


def _backend() -> tuple[str, ...]:
    """Return what the roles need, jobs, schedules and quotas among it: no administration."""
    return (
        "~*",
        "&*",
        "+@read", "+@write", "+@pubsub", "+@connection", "+@transaction", "+@scripting",
        "-@admin", "-@dangerous", "-function", "-fcall", "-fcall_ro",
        "-script", "+script|load", "+script|exists",
        "+acl|whoami", "+info", "+role", "+time",
    )  # fmt: skip


def _document(document: Document[Any], part: str) -> tuple[str, ...]:
    """Return the keys of a document, those beside its value among them, and its channel."""
    channel = () if document.plain else (f"&{document.key(part)}",)
    return (*(f"~{key}" for key in document.keys(part)), *channel)


def _any(key: Endpoint[Any]) -> str:
    return "*" if key.family else ""


def _may(*groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"+{command}" for group in groups for command in group)


def _selector(*rules: str) -> str:
    return f"({' '.join(rules)})"
