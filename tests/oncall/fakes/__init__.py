"""Providers that stand in for the real ones: they speak their HTTP and mind what the real ones mind."""
