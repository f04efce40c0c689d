"""Writing together: the one document that everybody who writes a COE shares, kept so that no keystroke is lost.

`documents` reads it, `appending` takes what people type, `replacing` what the product itself writes, `drawing` writes
the sections down from it, `settling` does that in time. Sockets and processes are `config/cowriting.py`'s business.
"""
