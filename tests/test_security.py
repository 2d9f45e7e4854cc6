"""Secrets at rest, and secrets that are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security import SecretBox, SecretUnreadable, fingerprint, is_one_of, new_key

_OLD, _NEW = "old-key-of-this-service", "new-key-of-this-service"


@given(st.text())
def test_what_was_encrypted_can_be_decrypted(secret: str) -> None:
    box = SecretBox([_NEW])
    assert box.decrypt(box.encrypt(secret)) == secret


def test_a_stored_secret_does_not_show_and_never_looks_the_same_twice() -> None:
    box = SecretBox([_NEW])
    stored = box.encrypt("refresh-token")
    assert "refresh-token" not in stored
    assert stored != box.encrypt("refresh-token")


def test_a_new_key_in_front_of_the_old_one_still_reads_what_the_old_one_wrote() -> None:
    stored = SecretBox([_OLD]).encrypt("refresh-token")
    assert SecretBox([_NEW, _OLD]).decrypt(stored) == "refresh-token"


def test_the_newest_key_writes() -> None:
    stored = SecretBox([_NEW, _OLD]).encrypt("refresh-token")
    assert SecretBox([_NEW]).decrypt(stored) == "refresh-token"


@pytest.mark.parametrize(
    "stored",
    [SecretBox([_OLD]).encrypt("refresh-token"), "garbage", ""],
    ids=["of another key", "garbage", "empty"],
)
def test_a_secret_that_no_key_reads_says_what_to_do_and_does_not_show(stored: str) -> None:
    with pytest.raises(SecretUnreadable, match="BRIDGE_SECRET_KEY has changed") as caught:
        SecretBox([_NEW]).decrypt(stored)
    assert _NEW not in str(caught.value)


@pytest.mark.parametrize(
    ("given_key", "accepted", "is_accepted"),
    [
        ("first", ["first", "second"], True),
        ("second", ["first", "second"], True),
        ("third", ["first", "second"], False),
        ("", ["first"], False),
        ("firs", ["first"], False),
        ("klucz-żółty", ["klucz-żółty"], True),
        ("first", [], False),
    ],
)
def test_a_key_is_accepted_when_it_is_one_of_those(given_key: str, accepted: list[str], is_accepted: bool) -> None:
    assert is_one_of(given_key, accepted) is is_accepted


def test_a_secret_is_found_by_its_fingerprint_which_does_not_show_it() -> None:
    assert fingerprint("state") == fingerprint("state")
    assert fingerprint("state") != fingerprint("State")
    assert "state" not in fingerprint("state")


def test_new_keys_are_long_all_different_and_need_no_quoting() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 43 and key.replace("-", "").replace("_", "").isalnum() for key in keys)
