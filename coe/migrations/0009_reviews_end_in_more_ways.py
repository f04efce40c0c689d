"""A round may be handed on or let off, and an administrator may stand in for a role that nobody can fill."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coe", "0008_sizes_of_pictures")]

    operations = [
        migrations.AddField(
            model_name="review",
            name="is_stand_in",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="review",
            name="verdict",
            field=models.CharField(
                blank=True,
                choices=[
                    ("approved", "Approved"),
                    ("changes_requested", "Changes requested"),
                    ("handed_on", "Handed on"),
                    ("released", "Let off"),
                ],
                max_length=18,
            ),
        ),
    ]
