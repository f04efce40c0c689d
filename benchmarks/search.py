"""How well search finds, and how fast it answers over HTTP with a hundred thousand COEs.

Quality: nDCG@10 of known-item queries of twelve words, clean and with three slips of the finger, over the documents of
../shared/data/search, through the product's own analyzer, correction and ranking. Without that folder these figures are
null, and a line says so. The measurement is repeated elsewhere on items that are not in the folder.

Speed: the web program as in production (granian, one worker) over a PostgreSQL and an index of its own with generated
COEs (benchmarks/_corpus.py), 2 % of them restricted. One client with a token asks /api/v1/search/ for mostly two to
four words, some whole sentences, some with a slip; every answer holds 20 hits with highlights and five facets with
counts. What it does not measure: many clients at once, and a cold cache.

    python -m benchmarks.search [--documents 100000] [--queries 1000] [--quality-only] [--home FOLDER]

`--home` keeps the database and the index in a folder, and uses what an earlier run has left there.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from benchmarks._corpus import SHARED, Generator, queries, real_texts
from benchmarks.ingest import free_port, run, wait_until
from config import embedded
from config.processes import Child

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 100
DEPTH = 10


def set_up(home: Path, **environment: str) -> dict[str, str]:
    """Django on a home of its own; the environment for other processes."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ERRATA_VAR": str(home),
        "ERRATA_SEARCH_DIR": str(home / "search"),
        "ERRATA_DEMO": "0",
        "ALLOWED_HOSTS": "*",
        "ERRATA_FIND_STATIC": "1",
        **environment,
    }
    return dict(os.environ)


def lines(name: str) -> list[dict]:
    with (SHARED / "search" / name).open(encoding="utf-8") as records:
        return [json.loads(record) for record in records]


def ndcg(found: list[str], relevant: dict[str, int]) -> float:
    """Normalised discounted cumulative gain of the first DEPTH answers, with gain 2^grade - 1."""
    gains = [2 ** relevant.get(one, 0) - 1 for one in found[:DEPTH]]
    best = sorted((2**grade - 1 for grade in relevant.values()), reverse=True)[:DEPTH]
    return discounted(gains) / discounted(best)


def discounted(gains: list[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def quality(home: Path) -> dict[str, float | None]:
    """The two figures of quality; None for each when the folder is missing."""
    if not (SHARED / "search").is_dir():
        print(f"quality is not measured: {SHARED / 'search'} is missing")
        return {"ndcg10_clean": None, "ndcg10_typos": None}
    from datetime import UTC, datetime

    from coe.searching import Reader, parse
    from coe.searching.finding import find
    from coe.searching.generations import Generation
    from coe.searching.position import Position
    from coe.searching.schema import Document

    records, day = lines("documents.jsonl"), datetime(2026, 1, 1, tzinfo=UTC)
    names = {number: record["id"] for number, record in enumerate(records, start=1)}
    generation = Generation.create(home / "quality")
    documents = (
        Document(coe_id=number, title=record["title"] or "", body=record["body"], published_at=day)
        for number, record in enumerate(records, start=1)
    )
    generation.write(documents, [], Position())
    searcher, reader = generation.searcher(), Reader(1)

    def mean(name: str) -> float:
        scores = [
            ndcg(
                [names[hit.coe_id] for hit in find(searcher, parse(one["query"], limit=DEPTH), reader).hits],
                one["qrels"],
            )
            for one in lines(name)
        ]
        return round(statistics.mean(scores), 4)

    return {
        "ndcg10_clean": mean("known-item-12w.dev.jsonl"),
        "ndcg10_typos": mean("known-item-12w-typos.dev.jsonl"),
    }


def fill(count: int) -> str:
    """Generate COEs, build the index as an operator would; a token of a reader."""
    from benchmarks import _library
    from coe import searching
    from oncall.models import ApiToken

    began = time.perf_counter()
    reader, made = _library.make(Generator(real_texts()).texts(count))
    print(f"{made} COEs written in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    print(f"{searching.rebuild()} COEs indexed in {time.perf_counter() - began:.0f} s")
    return ApiToken.issue(reader, "benchmark", ApiToken.Scope.READ)[1]


def serve(stack: ExitStack, home: Path, port: int, environment: dict[str, str]) -> None:
    """The web program, as in production."""
    web = ["granian", "--interface", "asgi", "--port", str(port), "--workers-kill-timeout", "5", "--no-ws"]
    child = Child(
        "web", [sys.executable, "-m", *web, "config.asgi:application"], environment, home / "web.log", cwd=ROOT
    )
    child.start()
    stack.callback(child.stop, 5)
    wait_until(port, home, "/healthz")


def ask(port: int, token: str, texts: list[str]) -> tuple[list[float], int]:
    """Milliseconds of each request until its answer was read, and how many answers had hits and facets."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took, full = [], 0
    for text in texts:
        began = time.perf_counter()
        connection.request(
            "GET", f"/api/v1/search/?{urlencode({'q': text})}", headers={"Authorization": f"Bearer {token}"}
        )
        answer = connection.getresponse()
        content = answer.read()
        took.append((time.perf_counter() - began) * 1_000)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} for {text!r}: {content[:500]!r}")
        found = json.loads(content)
        full += bool(found["hits"] and all(found["facets"].values()) and "<mark>" in content.decode())
    return took, full


def speed(home: Path, documents: int, asked: int) -> dict[str, float | int]:
    """The figures of speed, on a database, an index and a web program of its own."""
    with ExitStack() as stack:
        port = free_port()
        server = stack.enter_context(embedded.start(home / "postgres", durable=False))
        environment = set_up(home, DATABASE_URL=server.url, ERRATA_URL=f"http://127.0.0.1:{port}")
        run(home, environment, "config.preparing")
        if not (home / "token").exists():
            (home / "token").write_text(fill(documents))
        token = (home / "token").read_text()
        serve(stack, home, port, environment)
        texts = list(queries(Generator(real_texts(), seed=23), WARM_UP + asked))
        ask(port, token, texts[:WARM_UP])
        took, full = ask(port, token, texts[WARM_UP:])
        print(f"{full} of {asked} answers had hits, highlights and all facets")
    cuts = statistics.quantiles(took, n=100)
    return {"documents": documents, "http_p50_ms": round(cuts[49], 1), "http_p99_ms": round(cuts[98], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--quality-only", action="store_true")
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    with ExitStack() as stack:
        home = asked.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="errata-search-")))
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        home.chmod(0o711)
        # The settings are read once: the database must be known before Django is set up.
        set_up(home, DATABASE_URL=embedded.database_url(home / "postgres"))
        import django

        django.setup()
        with tempfile.TemporaryDirectory() as scratch:
            figures: dict[str, float | int | None] = {**quality(Path(scratch))}
        if not asked.quality_only:
            figures |= speed(home, asked.documents, asked.queries)
    print(json.dumps({"name": "search", "figures": figures}))


if __name__ == "__main__":
    main()
