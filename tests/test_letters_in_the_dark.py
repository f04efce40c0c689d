"""Letters are read in the dark too: what a style colours has a class by which the frame colours it there."""

import re
from pathlib import Path

import pytest

LETTERS = Path(__file__).parent.parent / "templates" / "emails"
TAG = re.compile(r"<[a-z0-9]+ [^>]*style=\"[^\"]*\"[^>]*>")
INK = re.compile(r"[\";]color:#")


@pytest.mark.parametrize("letter", sorted(path.name for path in LETTERS.glob("*.html")))
def test_every_ink_of_a_letter_has_one_for_dark_grounds(letter):
    inked = [tag for tag in TAG.findall((LETTERS / letter).read_text()) if INK.search(tag)]

    # A button brings the ground it is read on.
    assert [tag for tag in inked if "class=" not in tag and "background:#" not in tag] == []
