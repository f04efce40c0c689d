"""Two browsers write the same COE at random while one loses its connection and the server is killed: nothing is lost.

Twenty-five seconds here; `make cowriting` runs it for five minutes (ERRATA_WRITING_SECONDS=300).
"""

import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict

import pytest

from tests import make
from tests.browser.writers import Hand, hands
from tests.coe.writers import drafted
from tests.stack import eventually

pytestmark = [pytest.mark.browser, pytest.mark.chaos]

SECONDS = int(os.environ.get("ERRATA_WRITING_SECONDS", "25"))
SEED = int(os.environ.get("ERRATA_WRITING_SEED", "0")) or random.randrange(1, 10**6)
KEYS = ["summary", "summary", "impact", "lucky"]
# Somewhere in the text, as people do, not only at its end.
PLACES = ["Control+End", "Control+Home", "ArrowLeft", "ArrowUp", "End"]


class Typist:
    """Types numbered words into random places of random sections, and remembers every letter."""

    def __init__(self, hand, letter, dice):
        self.hand, self.letter, self.dice = hand, letter, dice
        self.typed, self.count, self.is_offline = defaultdict(Counter), 0, False

    def act(self):
        key = self.dice.choice(KEYS)
        self.count += 1
        word = f"{self.letter}{self.count}é😀"
        self.hand.editor(key).focus()
        for _ in range(self.dice.randrange(3)):
            self.hand.page.keyboard.press(self.dice.choice(PLACES))
        words = f" {word}" if self.dice.random() < 0.8 else f"\n{word}"
        self.hand.page.keyboard.type(words)
        self.typed[key] += Counter(words)

    def break_off(self):
        self.is_offline = not self.is_offline
        self.hand.context.set_offline(self.is_offline)


def test_nothing_that_two_people_type_is_lost(browser, live_stack):
    coe, dice = drafted(), random.Random(SEED)
    make.team("Payments", make.bob())
    alice, bob = (Hand(browser, live_stack, user, coe) for user in (make.alice(), make.bob()))
    with hands(alice, bob):
        steady, shaky = Typist(alice, "a", dice), Typist(bob, "b", dice)
        breaks, kills = write(live_stack, steady, shaky, dice)
        if shaky.is_offline:
            shaky.break_off()

        for hand in (alice, bob):
            eventually(lambda hand=hand: is_saved(hand), 60, f"{hand.user} is saved (seed {SEED})")
        for key in set(KEYS):
            eventually(lambda key=key: alice.text(key) == bob.text(key), 30, f"both say the same (seed {SEED})")
            said = alice.text(key)
            eventually(lambda key=key, said=said: coe.sections.get(key=key).text == said.rstrip(), 30)
            # Every single letter: two who type at the same place at once may part each other's words.
            missing = steady.typed[key] + shaky.typed[key] - Counter(said)
            assert not missing, f"{key} lost {missing} (seed {SEED})"
    count = steady.count + shaky.count
    sys.stderr.write(f"seed {SEED}: {count} words in {SECONDS} s, {breaks} breaks, {kills} kills, nothing lost\n")


def write(stack, steady, shaky, dice):
    """Type for as long as the test says; how often the line broke and the server died."""
    until, breaks, kills = time.monotonic() + SECONDS, 0, 0
    next_break, next_kill = time.monotonic() + 3, time.monotonic() + SECONDS / 2
    while (now := time.monotonic()) < until:
        dice.choice([steady, shaky]).act()
        if now > next_break:
            shaky.break_off()
            breaks, next_break = breaks + 1, now + dice.uniform(1, 6)
        if now > next_kill:
            stack.kill("web", signal.SIGKILL)
            stack.start("web")
            kills, next_kill = kills + 1, now + 40
    return breaks, kills


def is_saved(hand):
    return hand.page.evaluate(
        "() => document.querySelector('[data-cowriting-state]').hidden"
        " && ![...document.querySelectorAll('form[data-section] [data-autosave-state]')]"
        ".some((state) => /Saving|Offline/.test(state.textContent))"
    )
