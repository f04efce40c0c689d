"""COEs as Markdown files: our own form, which round-trips, and the forms in which others write postmortems. Pure.

`writing.py` and `reading.py` are one pair, over `lines.py` (what is escaped) and `facts.py` (the front matter);
`reports.py` reads what others wrote, over `dating.py` and `sorting.py`. Who may import what is `coe/importing/`.
"""
