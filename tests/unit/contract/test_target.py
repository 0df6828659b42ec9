"""URLs taken apart and put together again; what is shown of them holds no secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.contract.target import Target, TargetError, address_of, target_of, url_of

OWN_CA = (
    "rediss://h?ssl_ca_certs=/ca.pem&ssl_certfile=/c&ssl_keyfile=/k"
    "&ssl_check_hostname=no&ssl_ca_path=/cas"
)


@pytest.mark.parametrize(
    ("url", "target", "place"),
    [
        ("redis://h", Target((("h", 6379),)), "h:6379"),
        ("redis://:p@h:1/3", Target((("h", 1),), database=3), "h:1"),
        ("redis://trader:p@[::1]:7/0", Target((("::1", 7),), user="trader"), "[::1]:7"),
        ("redis://h/1?db=2", Target((("h", 6379),), database=2), "h:6379"),
        (
            OWN_CA,
            Target(
                (("h", 6379),),
                tls=True,
                ca_file="/ca.pem",
                ca_folder="/cas",
                certificate_file="/c",
                key_file="/k",
                check_hostname=False,
            ),
            "h:6379",
        ),
        ("unix:///run/r.sock?db=1", Target(path="/run/r.sock", database=1), "/run/r.sock"),
        (
            "rediss+sentinel://u:p@a,b:2/mymaster/4?sentinel_username=s&sentinel_password=q",
            Target(
                (("a", 26379), ("b", 2)),
                tls=True,
                user="u",
                database=4,
                service="mymaster",
                sentinel_user="s",
            ),
            "mymaster at a:26379, b:2",
        ),
        (
            "redis+sentinel://a/m?password_file=/s/p&sentinel_password_file=/s/q",
            Target(
                (("a", 26379),),
                service="m",
                password_file="/s/p",  # noqa: S106  # a name
                sentinel_password_file="/s/q",  # noqa: S106  # another
            ),
            "m at a:26379",
        ),
    ],
)
def test_every_form_of_url_is_taken_apart(url: str, target: Target, place: str) -> None:
    """And what a person is shown of it names the place alone."""
    assert target_of(url) == target
    assert target.place == place
    assert target_of(url_of(target)) == target


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(user=names, password=names, path=names, database=st.integers(0, 99))
def test_whatever_stands_in_a_password_comes_back(
    user: str, password: str, path: str, database: int
) -> None:
    """The signs that divide a URL among it; the target itself knows no secret."""
    targets = (
        Target((("h", 1),), user=user, database=database),
        Target((("h", 1), ("::1", 2)), user=user, database=database, service=path or "m"),
        Target(path=f"/{path}", user=user, database=database),
    )
    for target in targets:
        address = address_of(url_of(target, password))
        assert (address.target, address.password) == (target, password)
        assert repr(address) == f"Address(target={target!r})"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("127.0.0.1:6379", "must begin with one of redis://, rediss://, unix://, redis\\+sentinel"),
        ("http://s3cret@h", "must begin with"),
        ("redis://:s3cret@[::1", "cannot be read as a URL"),
        ("redis://:s3cret@h:port", "port is no number from 1 to 65535"),
        ("redis://:s3cret@h:0", "port is no number"),
        ("redis://:s3cret@h:70000", "port is no number"),
        ("redis://:s3cret@/0", "the host is missing"),
        ("redis://:s3cret@a,b", "several hosts are for Sentinels"),
        ("redis://:s3cret@h/first", "database is no number"),
        ("redis://:s3cret@h/1/2", "only the number of the database"),
        ("redis://:s3?cret@h", "an option that is not known; known are ssl_ca_certs"),
        ("redis://:s3cret@h?ssl_ca_certs=x", "belong to rediss://"),
        ("redis://:s3cret@h?sentinel_password=x", "belong to redis\\+sentinel://"),
        ("rediss://:s3cret@h?ssl_check_hostname=perhaps", "true or false"),
        ("rediss://:s3cret@h?ssl_keyfile=k", "needs the certificate"),
        ("redis://:s3cret@h?password_file=f", "one of them is enough"),
        ("redis+sentinel://:s3cret@h", "service's name is missing"),
        ("redis+sentinel://:s3cret@h/m/x", "database is no number"),
        ("unix://s3cret/path", "three strokes"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_the_url(url: str, words: str) -> None:
    """A misspelt URL may have its password anywhere."""
    with pytest.raises(TargetError, match=words) as refused:
        target_of(url)
    assert "s3" not in str(refused.value)
    assert "cret" not in str(refused.value)
