"""Phone numbers as people type them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.channels import sms, voice
from oncall.channels.numbers import WITH_EXTENSION, WITHOUT_COUNTRY, read_number

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=500)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+44 20 7946 0018", "+442079460018"),
        (" +44 (0)20 7946-0018 ", "+442079460018"),
        ("(+44) 20 7946 0018", "+442079460018"),
        ("tel:+33-6-12-34-56-78", "+33612345678"),
        ("＋33 6 12 34 56 78", "+33612345678"),
        ("+33.6.12.34.56.78", "+33612345678"),
        ("+1-800-356-9377", "+18003569377"),
        ("+254 712 345678", "+254712345678"),
        ("+٣٣ ٦ ١٢ ٣٤ ٥٦ ٧٨", "+33612345678"),
    ],
)
def test_any_usual_writing_is_kept_in_one_form(typed, kept):
    assert sms.CHANNEL.read_address(typed) == voice.CHANNEL.read_address(typed) == kept
    assert read_number(kept) == kept


@pytest.mark.parametrize("typed", ["020 7946 0018", "0044 20 7946 0018", "442079460018", "", "alice@example.com"])
def test_without_a_country_it_says_to_write_one(typed):
    with pytest.raises(ValueError, match="plus and its country code first") as caught:
        read_number(typed)
    assert str(caught.value) == WITHOUT_COUNTRY


@pytest.mark.parametrize("typed", ["+", "+33 1", "+999 123456", "+44 20 7946 00181234", "+1 555", f"+44{'1' * 999}"])
def test_what_is_no_number_is_refused_in_words(typed):
    with pytest.raises(ValueError, match="is not a valid phone number"):
        read_number(typed)


def test_an_extension_is_refused():
    with pytest.raises(ValueError) as caught:
        read_number("+44 20 7946 0018 ext. 12")
    assert str(caught.value) == WITH_EXTENSION


@given(TEXT)
def test_whatever_is_typed_is_a_number_or_a_sentence(typed):
    try:
        said = read_number(typed)
    except ValueError as refusal:
        said = str(refusal)

    assert re.fullmatch(r"\+\d{5,15}|.+\.", said, re.DOTALL)
