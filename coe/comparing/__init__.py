"""The difference of two states of a COE, for a person to read. Pure.

`texts` compares word by word, `parts` says which rows and facts a snapshot has besides its texts, `matching` and
`rows` compare those, `lines` cuts a compared text into lines that stand beside each other, `whole` puts it together.
"""

from coe.comparing.lines import Line, Stretch, folded, lines_of
from coe.comparing.rows import PLACE, FactChange, Fate, RowChange, compared
from coe.comparing.texts import Kind, Piece, SectionChange, sections, words
from coe.comparing.whole import PartChange, changed, difference, touched

__all__ = [
    "PLACE",
    "FactChange",
    "Fate",
    "Kind",
    "Line",
    "PartChange",
    "Piece",
    "RowChange",
    "SectionChange",
    "Stretch",
    "changed",
    "compared",
    "difference",
    "folded",
    "lines_of",
    "sections",
    "touched",
    "words",
]
