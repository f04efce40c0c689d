"""A tiny model of one incident's paging, with which the real engine is compared: lists and counters, no database."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from tests.make import MONDAY

DELAY = timedelta(minutes=5)
BUNDLE_FROM = 5


@dataclass(frozen=True)
class Step:
    """Whom to page, how many of them must come, whether in turn, and for which severities."""

    people: tuple[str, ...]
    wanted: int = 1
    in_turn: bool = False
    lowest: int = 5


FIRST = (Step(("alice",)), Step(("bob", "carol")))


class Model:
    """What must be: the walk through the steps, twice, then the administrator."""

    ROUNDS = 2

    def __init__(self):
        self.now, self.state, self.severity = MONDAY, "triggered", 2
        self.cycle, self.place, self.due, self.exhausted = 1, 0, MONDAY, False
        self.snoozed = None
        self.saved = self.steps = FIRST
        # Turns of each version are its own; a new one goes on with those of its position.
        self.turns = {FIRST: Counter()}
        self.wanted, self.answered = 1, set()
        self.reachable = {"alice", "bob", "carol", "dora"}
        self.pages, self.mails = Counter(), Counter()
        self.pending, self.in_hand = [], []

    def save(self, steps):
        """A new version of the policy; the incident keeps its own until it is triggered again."""
        if steps not in self.turns:
            self.turns[steps] = Counter()
        before = self.turns[self.saved]
        self.turns[steps] = Counter({place: before[place] for place in range(len(steps))})
        self.saved = steps

    def wake(self):
        if self.snoozed is not None and self.snoozed <= self.now:
            self.trigger()

    def trigger(self):
        """From the first step of the policy as it is now."""
        self.begin_again()
        self.answered, self.snoozed, self.state = set(), None, "triggered"
        self.due = self.now if self.severity <= 3 else None

    def begin_again(self):
        self.cycle, self.place, self.exhausted = self.cycle + 1, 0, False
        self.steps, self.wanted = self.saved, 1

    def open(self):
        """Pages of every step that is due; a step that reaches nobody is passed at once."""
        in_vain = 0
        while self.state == "triggered" and self.due is not None and self.due <= self.now:
            if self.place >= len(self.steps) * self.ROUNDS:
                self.due, self.exhausted = None, True
                self.page(["dora"])
                break
            in_vain = 0 if self.step() else in_vain + 1
            self.due = self.due if in_vain else self.now + DELAY
            self.place = len(self.steps) * self.ROUNDS if in_vain >= len(self.steps) else self.place + 1

    def step(self):
        """Page the present step; whether it reached somebody."""
        place = self.place % len(self.steps)
        step = self.steps[place]
        if self.severity > step.lowest:
            return False
        people = [name for name in step.people if self.wanted == 1 or name not in self.answered]
        if step.in_turn and len(people) > 1:
            first = self.turns[self.steps][place] % len(people)
            self.turns[self.steps][place] += 1
            people = people[first:] + people[:first]
        if step.in_turn:
            reached = next((found for name in people if (found := self.page([name]))), [])
        else:
            reached = self.page(people)
        if reached:
            self.wanted = max(self.wanted, min(step.wanted, len(reached)))
        return bool(reached)

    def page(self, people):
        self.pages.update((name, self.cycle) for name in people)
        reached = [(name, self.cycle) for name in people if name in self.reachable]
        self.pending += reached
        return reached

    def acknowledge(self, name):
        """Somebody comes; enough of them end the paging."""
        self.answered.add(name)
        if len(self.answered) >= self.wanted:
            self.state, self.due, self.snoozed = "acknowledged", None, None

    def is_wanted(self, page):
        comes = self.wanted > 1 and page[0] in self.answered
        return self.state == "triggered" and page[1] == self.cycle and self.severity <= 3 and not comes

    def send(self):
        """Each by itself; five or more that are due to one person become one message, those not wanted left out."""
        for name in {name for name, _ in self.pending}:
            due = [page for page in self.pending if page[0] == name]
            told = sum(map(self.is_wanted, due))
            self.mails[name] += min(told, 1) if len(due) >= BUNDLE_FROM else told
        self.pending = []

    def give_up(self):
        self.pending += [page for page, until in self.in_hand if until < self.now and self.is_wanted(page)]
        self.in_hand = [(page, until) for page, until in self.in_hand if until >= self.now]
