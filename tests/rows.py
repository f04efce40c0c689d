"""What the database holds, to tell whether a request changed anything. It decides nothing about what may change."""

from django.apps import apps
from django.db import connection

# Written by reading itself: sessions, and the shared cache of rate limits.
PASSING = {"django_session", "errata_cache"}


def fingerprint():
    """Every table's rows as one digest each."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - PASSING)
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) FROM {table} AS row")
            found[table] = cursor.fetchone()
    return found


def changed(before, after):
    """The tables that differ."""
    return sorted(table for table in before if before[table] != after[table])
