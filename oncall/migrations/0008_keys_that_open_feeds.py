"""A scope of keys that open a person's feeds and nothing else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0007_receipts_and_bundles")]

    operations = [
        migrations.AlterField(
            model_name="apitoken",
            name="scope",
            field=models.CharField(
                choices=[("read", "Read"), ("write", "Read and write"), ("feed", "Feeds only")],
                default="write",
                max_length=8,
            ),
        ),
    ]
