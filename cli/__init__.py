"""Errata from a terminal. It speaks HTTP to /api/v1/ and knows nothing else of the server."""
