"""Who is told by which contact method when: rules, quiet hours, rooms of teams, more channels, keys of the installation."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0003_retries_share_their_key")]

    operations = [
        migrations.CreateModel(
            name='InstallationKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('sealed_text', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='NotificationRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('urgency', models.CharField(choices=[('high', 'High: SEV 1 and SEV 2'), ('low', 'Low: SEV 3')], max_length=4)),
                ('after_minutes', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(1440)])),
            ],
            options={
                'ordering': ['urgency', 'after_minutes', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Room',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('voice', 'Phone call'), ('push', 'Push notification'), ('slack', 'Slack'), ('teams', 'Microsoft Teams'), ('mattermost', 'Mattermost'), ('telegram', 'Telegram'), ('ntfy', 'ntfy'), ('webhook', 'Webhook'), ('apprise', 'Other service')], max_length=16)),
                ('address', models.CharField(max_length=1000)),
                ('sealed_secret', models.TextField(blank=True, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'ordering': ['team__name', 'name'],
            },
        ),
        migrations.AddField(
            model_name='user',
            name='quiet_from',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='quiet_until',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='contactmethod',
            name='address',
            field=models.CharField(max_length=1000),
        ),
        migrations.AlterField(
            model_name='contactmethod',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('voice', 'Phone call'), ('push', 'Push notification'), ('slack', 'Slack'), ('teams', 'Microsoft Teams'), ('mattermost', 'Mattermost'), ('telegram', 'Telegram'), ('ntfy', 'ntfy'), ('webhook', 'Webhook'), ('apprise', 'Other service')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='quiet_hours_begin_and_end'),
        ),
        migrations.AddField(
            model_name='notificationrule',
            name='contact_method',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='oncall.contactmethod'),
        ),
        migrations.AddField(
            model_name='notificationrule',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_rules', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='room',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rooms', to='oncall.team'),
        ),
        migrations.AddConstraint(
            model_name='notificationrule',
            constraint=models.UniqueConstraint(fields=('contact_method', 'urgency', 'after_minutes'), name='one_rule_per_method_and_moment'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('team', 'name'), name='one_room_per_name'),
        ),
    ]
