"""Secrets that are sealed come back; digests recognise keys."""

import pytest

from oncall import sealing


def test_what_was_sealed_is_read_again():
    assert sealing.unseal(sealing.seal("s3cret ✓")) == "s3cret ✓"


def test_two_seals_of_one_secret_look_different():
    assert sealing.seal("same") != sealing.seal("same")


def test_a_secret_stays_readable_when_the_key_is_rotated(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []
    sealed = sealing.seal("kept")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old"]
    resealed = sealing.reseal(sealed)
    settings.SECRET_KEY_FALLBACKS = []

    assert sealing.unseal(resealed) == "kept"
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed)


@pytest.mark.parametrize("broken", ["", "nonsense", "é"])
def test_a_broken_seal_says_so(broken):
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(broken)


def test_keys_have_the_length_asked_for_and_are_never_the_same():
    assert [len(sealing.new_key(length)) for length in (32, 7)] == [32, 7]
    assert sealing.new_key() != sealing.new_key()


def test_a_digest_is_sha256_and_takes_any_text():
    assert sealing.digest("abc").startswith("ba7816bf")
    assert len(sealing.digest("\ud800")) == 64


def test_a_signature_belongs_to_one_body_and_one_secret():
    signature = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    text = b"The quick brown fox jumps over the lazy dog"

    assert sealing.is_signed(text, "key", signature)
    assert not sealing.is_signed(text, "kez", signature)
    assert not sealing.is_signed(text, "key", "é")
