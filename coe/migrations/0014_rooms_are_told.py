"""What rooms of teams are told about COEs, and the newest publications at hand."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coe", "0012_a_reissue_beside_what_is_published"),
        ("oncall", "0008_keys_that_open_feeds"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoomNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("published", "Published"), ("reissued", "Published anew"), ("digest", "Digest")],
                        max_length=9,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("key", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                (
                    "coe",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="coe.coe",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="oncall.room"),
                ),
            ],
            options={
                "ordering": ["made_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("sent_at__isnull", True)), fields=["made_at"], name="room_notices_to_send"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("room", "key"), name="one_notice_per_room_and_key")],
            },
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                models.F("made_at").desc(), condition=models.Q(("reason", "published")), name="newest_publications"
            ),
        ),
    ]
