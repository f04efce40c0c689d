"""Up to when the requests of a feed's key reach, so that one that asks all the time is asked to wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0008_keys_that_open_feeds")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="paced_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
