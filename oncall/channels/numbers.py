"""Phone numbers as people write them, and the one form in which they are kept and dialled: E.164, "+442079460018".

It decides what is a phone number anywhere in the world, by the tables of libphonenumber. Whether somebody answers there
is proved by a code (`oncall/verifying.py`).
"""

import phonenumbers

WITHOUT_COUNTRY = "Write the number with a plus and its country code first, as in +44 20 7946 0018."
WITH_EXTENSION = "An extension cannot be dialled. Write the number that rings the phone itself."
# Longer than any number with all its brackets and blanks.
LONGEST = 40


def read_number(typed: str) -> str:
    """The number in E.164. Raises ValueError with a sentence for the person who typed it."""
    text = typed.strip().removeprefix("tel:").lstrip("( ")
    if not text.startswith(("+", "＋")):
        raise ValueError(WITHOUT_COUNTRY)
    wrong = f"“{typed.strip()[:LONGEST]}” is not a valid phone number: a digit is wrong, missing or too many."
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise ValueError(wrong) from error
    if number.extension:
        raise ValueError(WITH_EXTENSION)
    if len(text) > LONGEST or not phonenumbers.is_valid_number(number):
        raise ValueError(wrong)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
