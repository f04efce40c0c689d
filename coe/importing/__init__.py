"""Importing COEs from Markdown: what a file would become, and making it.

`proposing.py` reads a file and says what was understood; `making.py` writes it down as a draft or as published.
"""
