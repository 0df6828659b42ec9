"""The users of an embedded Redis: their names, their passwords' hashes, the server's file."""

import hashlib
from collections.abc import Mapping, Sequence

from qt_trade.contract.exports.acl import User, acl_file

ADMIN = "admin"
"""May do everything, also change passwords; only the supervisor knows its password."""
EVERYBODY = (*User, ADMIN)


def hash_of(password: str) -> str:
    """Return a password as an ACL file holds it."""
    return "#" + hashlib.sha256(password.encode()).hexdigest()


def users_file(hashes: Mapping[str, Sequence[str]]) -> str:
    """Return the text of the ACL file; several passwords of a user are valid at the same time."""
    admin = f"user {ADMIN} on {' '.join(hashes[ADMIN])} ~* &* +@all\n"
    return acl_file({str(user): hashes[user] for user in User}) + admin
