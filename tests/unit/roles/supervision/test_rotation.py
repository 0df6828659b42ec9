"""The ACL file's passwords change, its rules do not."""

import pytest

from qt_trade.contract.exports.acl import User
from qt_trade.roles.supervision.rotation import RotationError, with_passwords
from qt_trade.roles.supervision.users import EVERYBODY, hash_of, users_file

FILE = users_file({user: [hash_of(f"{user} old")] for user in EVERYBODY})


@pytest.mark.parametrize("user", EVERYBODY)
def test_one_users_passwords_are_exchanged(user: str) -> None:
    """Every other word of the file stays, and twice there and back is the same file."""
    changed = with_passwords(FILE, user, [hash_of("new"), hash_of("newer")])
    assert changed.count("#") == FILE.count("#") + 1
    assert hash_of(f"{user} old") not in changed
    assert with_passwords(changed, user, [hash_of(f"{user} old")]) == FILE


def test_an_unknown_user_is_refused() -> None:
    """Nothing is guessed: the file may be somebody else's."""
    with pytest.raises(RotationError, match="no user mallory"):
        with_passwords(FILE, "mallory", [])


def test_a_users_rules_are_left_alone() -> None:
    """Key patterns and selectors are no passwords."""
    changed = with_passwords(FILE, User.TRADER, [])
    assert [len(line.split()) for line in changed.splitlines()] == [
        len(line.split()) - (line.split()[1] == User.TRADER) for line in FILE.splitlines()
    ]
