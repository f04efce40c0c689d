"""Whether a room is told unasked of the COEs of its team."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0009_feeds_keep_a_pace")]

    operations = [
        migrations.AddField(
            model_name="room",
            name="is_told_of_coes",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
