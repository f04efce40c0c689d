"""Generated COE texts of realistic shape for measurements: many documents with the word statistics of few real ones.

What it decides: words, lengths and facets of the documents. What it does not: where they are stored or how they are
measured.

A document is cut from short runs of words of the real corpus, so that frequent words, rare words and word pairs keep
their natural (Zipf) frequencies, and carries a few names of its own (hosts, commits, ids), so that the vocabulary keeps
growing with the number of documents as it does in reality (Heaps' law).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared" / "data"
FIRST_DAY = datetime(2016, 1, 4, tzinfo=UTC)
DAYS = 3_900
TEAMS = 400
SERVICES = 2_000
CAUSE_KINDS = ("trigger", "contributing", "missing_safeguard", "detection_gap", "response_gap")
MEAN_WORDS = 500
LONGEST_RUN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One generated COE, free of any table: the benchmarks make rows or index documents of it."""

    number: int
    title: str
    summary: str
    body: str
    team: int
    services: tuple[int, ...]
    severity: int
    cause_kinds: tuple[str, ...]
    published_at: datetime


def real_texts(folder: Path = SHARED / "postmortems") -> list[str]:
    """The real postmortems to cut from. Raises FileNotFoundError with the place when the folder is missing."""
    path = folder / "corpus.jsonl"
    if not path.exists():
        raise FileNotFoundError(f"The corpus is missing: {path} is needed to generate documents.")
    with path.open(encoding="utf-8") as lines:
        return [record["body"] for record in map(json.loads, lines) if len(record["body"].split()) > LONGEST_RUN]


class Generator:
    """Generates the same documents for the same seed."""

    def __init__(self, texts: list[str], seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.words = [text.split() for text in texts]
        self.weights = [len(words) for words in self.words]

    def texts(self, count: int) -> Iterator[Text]:
        """Yields `count` documents numbered from 1."""
        for number in range(1, count + 1):
            yield self.text(number)

    def text(self, number: int) -> Text:
        rng = self.random
        length = max(60, int(rng.lognormvariate(0, 0.7) * MEAN_WORDS * 0.78))
        paragraphs = list(self._paragraphs(length))
        return Text(
            number=number,
            title=" ".join(self._run(rng.randint(5, 11)))[:180] or f"Outage {number}",
            summary=paragraphs[0],
            body="\n\n".join(paragraphs[1:]),
            team=min(int(rng.paretovariate(0.9)), TEAMS) - 1,
            services=tuple(sorted({rng.randrange(SERVICES) for _ in range(rng.choice((1, 1, 2, 3)))})),
            severity=rng.choices((1, 2, 3, 4, 5), (4, 16, 50, 25, 5))[0],
            cause_kinds=tuple(sorted(set(rng.choices(CAUSE_KINDS, k=2)))),
            published_at=FIRST_DAY + timedelta(days=int(DAYS * rng.random() ** 0.5), seconds=rng.randrange(86_400)),
        )

    def _paragraphs(self, length: int) -> Iterator[str]:
        written = 0
        while written < length:
            words = self._sentence(self.random.randint(30, 110))
            written += len(words)
            yield " ".join(words)

    def _sentence(self, length: int) -> list[str]:
        words: list[str] = []
        while len(words) < length:
            words.extend(self._run(self.random.randint(3, LONGEST_RUN)))
        words.append(f"host-{self.random.getrandbits(24):x}")
        return words

    def _run(self, length: int) -> list[str]:
        words = self.random.choices(self.words, self.weights)[0]
        start = self.random.randrange(max(1, len(words) - length))
        return words[start : start + length]


def queries(generator: Generator, count: int) -> Iterator[str]:
    """What people type: mostly two to four words of the corpus, some whole sentences, some with a slip."""
    rng = generator.random
    for _ in range(count):
        kind = rng.random()
        words = generator._run(rng.randint(2, 4) if kind < 0.7 else 12)
        text = " ".join(words)
        yield _slip(text, rng) if kind > 0.85 else text


def _slip(text: str, rng: random.Random) -> str:
    at = rng.randrange(max(1, len(text) - 1))
    return text[:at] + text[at + 1 :]
