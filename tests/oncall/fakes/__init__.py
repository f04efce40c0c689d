"""Providers that speak their own wire formats on a local port."""
