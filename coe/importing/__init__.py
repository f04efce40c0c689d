"""Importing COEs from Markdown: what a file would become, and making it.

`bringing.py` keeps what is uploaded, `working.py` settles it file by file; `proposing.py` reads a file and says what
was understood, `making.py` writes it down as a draft or as published, with its pictures by `illustrating.py`.
"""
