"""The table of Django's database cache: rate limits shared by all processes. Unlogged, because it may be lost."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("oncall", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE errata_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX errata_cache_expires ON errata_cache (expires);
            """,
            "DROP TABLE errata_cache",
        )
    ]
