"""Which Redis is meant: a URL taken apart, so that what is shown of it holds no secret.

======================= =========================================================
``redis://``            user:password@host:port/database
``rediss://``           the same over TLS, the certificate and its host name checked
``unix://``             user:password@/path/of/the/socket?db=database
``redis+sentinel://``   user:password@host:port,host:port/service/database; the hosts are Sentinels
``rediss+sentinel://``  the same, TLS to the Sentinels and to the server
======================= =========================================================

After ``?`` stand options, named as redis-py names them where it knows them: ``ssl_ca_certs``,
``ssl_ca_path``, ``ssl_certfile``, ``ssl_keyfile``, ``ssl_check_hostname``, ``db``; and
``password_file`` (a file with the password, or with a URL that has one, read again at every
connect), ``sentinel_username``, ``sentinel_password``, ``sentinel_password_file``.
"""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")
REDIS_PORT = 6379
SENTINEL_PORT = 26379
_PORT_MAX = 65535
_FILES = {
    "ssl_ca_certs": "ca_file",
    "ssl_ca_path": "ca_folder",
    "ssl_certfile": "certificate_file",
    "ssl_keyfile": "key_file",
    "password_file": "password_file",
    "sentinel_username": "sentinel_user",
    "sentinel_password_file": "sentinel_password_file",
}
"""Options that go into a field as they are."""
_OPTIONS = (*_FILES, "ssl_check_hostname", "db", "sentinel_password")
_YES_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class TargetError(ValueError):
    """A URL that names no Redis. Its words repeat nothing of the URL: that may hold a password."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a Redis is and how it is reached, without a secret.

    ``hosts``: of the server, or of the Sentinels that know the ``service``; none with a ``path``,
    which is that of a socket file. Files are named, not read.
    """

    hosts: tuple[tuple[str, int], ...] = ()
    database: int = 0
    user: str = ""
    tls: bool = False
    path: str = ""
    service: str = ""
    ca_file: str = ""
    ca_folder: str = ""
    certificate_file: str = ""
    key_file: str = ""
    check_hostname: bool = True
    password_file: str = ""
    sentinel_user: str = ""
    sentinel_password_file: str = ""

    @property
    def place(self) -> str:
        """Where it is, in a word for a person: ``host:port``, a path, or the Sentinels."""
        if self.path:
            return self.path
        hosts = ", ".join(f"{_bracketed(host)}:{port}" for host, port in self.hosts)
        return f"{self.service} at {hosts}" if self.service else hosts


@dataclass(frozen=True, slots=True)
class Address:
    """A target with the secrets of its URL."""

    target: Target
    password: str = field(default="", repr=False)
    sentinel_password: str = field(default="", repr=False)


def target_of(url: str) -> Target:
    """Return where a URL leads, without its secrets. Raises TargetError."""
    return address_of(url).target


def address_of(url: str) -> Address:
    """Return a URL's parts. Raises TargetError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise TargetError("it cannot be read as a URL") from None
    if parts.scheme not in SCHEMES:
        raise TargetError(f"it must begin with one of {', '.join(f'{s}://' for s in SCHEMES)}")
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    options = _options(parts)
    sentinel_password = options.pop("sentinel_password", "")
    database, service = _path(parts, options.pop("db", None))
    target = Target(
        hosts=_hosts(hosts, SENTINEL_PORT if service else REDIS_PORT, parts.scheme),
        database=database,
        user=unquote(user),
        tls=parts.scheme.startswith("rediss"),
        path=unquote(parts.path) if parts.scheme == "unix" else "",
        service=service,
        check_hostname=_yes_no(options.pop("ssl_check_hostname", "true")),
        **{_FILES[name]: value for name, value in options.items()},
    )
    _whole(target, password=unquote(password))
    return Address(target, unquote(password), sentinel_password)


def url_of(target: Target, password: str = "", sentinel_password: str = "") -> str:
    """Return the URL of a target: the way back, with the secrets given."""
    login = ""
    if target.user or password:
        login = f"{quote(target.user, safe='')}:{quote(password, safe='')}@"
    hosts = ",".join(f"{_bracketed(host)}:{port}" for host, port in target.hosts)
    options = {name: getattr(target, attribute) for name, attribute in _FILES.items()}
    options["sentinel_password"] = sentinel_password
    options["ssl_check_hostname"] = "" if target.check_hostname else "false"
    if target.path:
        scheme, path = "unix", quote(target.path)
        options["db"] = str(target.database or "")
    else:
        scheme = f"redis{'s' * target.tls}{'+sentinel' if target.service else ''}"
        path = f"/{quote(target.service, safe='')}" * bool(target.service) + f"/{target.database}"
    query = urlencode({name: value for name, value in options.items() if value})
    return f"{scheme}://{login}{hosts}{path}{'?' * bool(query)}{query}"


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not options.keys() <= set(_OPTIONS):
        raise TargetError(
            f"it has an option that is not known; known are {', '.join(_OPTIONS)} "
            "(a ? within a password is written %3F)"
        )
    if not parts.scheme.startswith("rediss") and any(name.startswith("ssl_") for name in options):
        raise TargetError("options of TLS (ssl_…) belong to rediss:// or rediss+sentinel://")
    if "sentinel" not in parts.scheme and any(name.startswith("sentinel_") for name in options):
        raise TargetError("options of Sentinels (sentinel_…) belong to redis+sentinel://")
    return options


def _hosts(text: str, port: int, scheme: str) -> tuple[tuple[str, int], ...]:
    if scheme == "unix":
        if text:
            raise TargetError("a socket file is written unix:///path, with three strokes")
        return ()
    hosts = tuple(_host(one, port) for one in text.split(","))
    if len(hosts) > 1 and "sentinel" not in scheme:
        raise TargetError("several hosts are for Sentinels: redis+sentinel://host,host/service")
    return hosts


def _host(text: str, default: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, default if parts.port is None else parts.port
    except ValueError:
        host, port = None, 0
    if not 0 < port <= _PORT_MAX:
        raise TargetError(f"its port is no number from 1 to {_PORT_MAX}")
    if not host:
        raise TargetError("the host is missing")
    return host, port


def _path(parts: SplitResult, db: str | None) -> tuple[int, str]:
    """Return the number of the database and the service's name, if Sentinels are asked."""
    if parts.scheme == "unix":
        return _database(db or ""), ""
    steps = parts.path.strip("/").split("/")
    service = unquote(steps.pop(0)) if "sentinel" in parts.scheme else ""
    if "sentinel" in parts.scheme and not service:
        raise TargetError(
            "the service's name is missing: redis+sentinel://host:26379/service/database"
        )
    if len(steps) > 1:
        raise TargetError("after the host stands only the number of the database")
    return _database(db or "".join(steps)), service


def _database(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise TargetError("its database is no number such as 0")
    return int(text or 0)


def _yes_no(text: str) -> bool:
    answer = _YES_NO.get(text.lower())
    if answer is None:
        raise TargetError("ssl_check_hostname is true or false")
    return answer


def _whole(target: Target, *, password: str) -> None:
    if target.password_file and password:
        raise TargetError("it has a password and a password_file; one of them is enough")
    if target.key_file and not target.certificate_file:
        raise TargetError("ssl_keyfile needs the certificate, too: ssl_certfile")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
