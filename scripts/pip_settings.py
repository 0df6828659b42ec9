"""Tells uv what pip is configured to do, so that both ask the same indexes in the same way."""

from __future__ import annotations

from ast import literal_eval
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# pip lets the later of these override the earlier.
_SECTIONS = ("global", "install", ":env:")
# pip's option -> uv's variable; a variable keeps passwords out of the list of processes.
_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}


def options(listing: str) -> dict[str, str]:
    """Read what `pip config list` printed: the value in force of each option."""
    told: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listing.splitlines():
        name, equals, value = line.partition("=")
        section, _, option = name.partition(".")
        if equals and section in told:
            told[section][option] = literal_eval(value)
    return told["global"] | told["install"] | told[":env:"]


def uv_environment(listing: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv: pip's settings below whatever uv itself was already told."""
    # pip takes the best file of all indexes; uv would stop at the first that knows the name.
    heard = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for option, value in options(listing).items():
        words = value.split()
        if words and option in _VARIABLES:
            # uv parts a list of places by commas, all other lists by blanks.
            heard[_VARIABLES[option]] = ("," if option == "find-links" else " ").join(words)
    return heard | dict(environ)


def main_index_only(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the same without further indexes: a lock must hold where those are unknown."""
    return {name: value for name, value in environ.items() if name not in _ELSEWHERE}


_ELSEWHERE = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
