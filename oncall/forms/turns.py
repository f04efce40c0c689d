"""The order of people in a rotation while somebody changes it: sent along with the form, kept nowhere else.

One hidden field `turn` for each turn holds the ids of those who are on call together in it. A button named `change`
says what to do: `up:2`, `down:2`, `remove:2`, `join:2` (with the one before) or `split:2`; so it works without
JavaScript.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from oncall.models import ScheduleLayer, User

MOST_TURNS = 60
Slots = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Turns:
    """Who takes turns, in order; each turn is ids of people on call together."""

    slots: Slots = ()

    @classmethod
    def of_layer(cls, layer: ScheduleLayer) -> "Turns":
        return cls(layer.as_layer(layer.schedule.zone).slots)

    @classmethod
    def from_fields(cls, fields: Iterable[str]) -> "Turns":
        """Read what was sent; what is no list of ids, or names somebody unknown, is left out."""
        read = [[int(part) for part in text.split(",") if part.isdecimal() and len(part) < 12] for text in fields]
        asked = read[:MOST_TURNS]
        known = set(User.objects.filter(pk__in={pk for slot in asked for pk in slot}).values_list("pk", flat=True))
        kept = (tuple(dict.fromkeys(pk for pk in slot if pk in known)) for slot in asked)
        return cls(tuple(slot for slot in kept if slot))

    def changed(self, word: str) -> "Turns":
        """After one button; a button that makes no sense changes nothing."""
        what, _, text = word.partition(":")
        index = int(text) if text.isdecimal() and len(text) < 4 else -1
        if not 0 <= index < len(self.slots):
            return self
        move = {"up": self._up, "remove": self._remove, "join": self._join, "split": self._split}
        if what == "down":
            return self._up(index + 1) if index + 1 < len(self.slots) else self
        return move[what](index) if what in move else self

    def with_person(self, user: User) -> "Turns":
        """With one more turn at the end."""
        return Turns((*self.slots, (user.pk,))[:MOST_TURNS])

    def _up(self, index: int) -> "Turns":
        if index == 0:
            return self
        slots = list(self.slots)
        slots[index - 1], slots[index] = slots[index], slots[index - 1]
        return Turns(tuple(slots))

    def _remove(self, index: int) -> "Turns":
        return Turns(self.slots[:index] + self.slots[index + 1 :])

    def _join(self, index: int) -> "Turns":
        if index == 0:
            return self
        together = tuple(dict.fromkeys(self.slots[index - 1] + self.slots[index]))
        return Turns((*self.slots[: index - 1], together, *self.slots[index + 1 :]))

    def _split(self, index: int) -> "Turns":
        return Turns((*self.slots[:index], *((pk,) for pk in self.slots[index]), *self.slots[index + 1 :]))
