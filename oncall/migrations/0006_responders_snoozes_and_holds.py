"""People asked by name, snoozes, practices, maintenance and mutes; which version of a policy an incident follows."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# What is being paged now goes on where it stands.
KEEP_VERSIONS = """
UPDATE oncall_incident AS incident SET policy_version_id = policy.current_id
    FROM oncall_service AS service JOIN oncall_escalationpolicy AS policy ON policy.id = service.escalation_policy_id
    WHERE service.id = incident.service_id AND incident.state = 'triggered';
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("oncall", "0005_versions_of_policies")]

    operations = [
        migrations.CreateModel(
            name='Maintenance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Mute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dedup_key', models.CharField(max_length=255)),
                ('title', models.CharField(max_length=500)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=300)),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Responder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField()),
                ('page_after', models.DateTimeField(blank=True, null=True)),
                ('rounds', models.PositiveSmallIntegerField(default=0)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['added_at', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='incident',
            name='acknowledgements_wanted',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='incident',
            name='ignores_holds',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='incident',
            name='is_practice',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='incident',
            name='resorts',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='incident',
            name='snoozed_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='timelineentry',
            name='kind',
            field=models.CharField(choices=[('alert', 'Alert'), ('alert_closed', 'Alert closed'), ('declared', 'Declared'), ('page', 'Page'), ('unreachable', 'Nobody reached'), ('delivery', 'Delivery'), ('triggered', 'Triggered'), ('acknowledged', 'Acknowledged'), ('mitigated', 'Mitigated'), ('resolved', 'Resolved'), ('escalated', 'Escalated'), ('snoozed', 'Snoozed'), ('reassigned', 'Reassigned'), ('responder', 'Responder'), ('held', 'Held'), ('rerouted', 'Re-routed'), ('severity', 'Severity'), ('deployment', 'Deployment'), ('verdict', 'Verdict'), ('note', 'Note'), ('coe', 'COE')], max_length=16),
        ),
        migrations.AddField(
            model_name='maintenance',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='maintenance',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='maintenances', to='oncall.service'),
        ),
        migrations.AddField(
            model_name='mute',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mute',
            name='integration',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mutes', to='oncall.integration'),
        ),
        migrations.AddField(
            model_name='incident',
            name='policy_version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='oncall.policyversion'),
        ),
        migrations.RunSQL(KEEP_VERSIONS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False)), fields=['snoozed_until'], name='incidents_snoozed'),
        ),
        migrations.AddField(
            model_name='responder',
            name='added_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='responder',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responders', to='oncall.incident'),
        ),
        migrations.AddField(
            model_name='responder',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responses', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='maintenance',
            index=models.Index(fields=['service', 'ends_at'], name='maintenance_of_a_service'),
        ),
        migrations.AddConstraint(
            model_name='maintenance',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='maintenance_ends_after_it_starts'),
        ),
        migrations.AddIndex(
            model_name='mute',
            index=models.Index(fields=['integration', 'dedup_key', 'ends_at'], name='mutes_of_an_alert'),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='a_mute_expires'),
        ),
        migrations.AddIndex(
            model_name='responder',
            index=models.Index(condition=models.Q(('page_after__isnull', False)), fields=['page_after'], name='responders_due'),
        ),
        migrations.AddConstraint(
            model_name='responder',
            constraint=models.UniqueConstraint(fields=('incident', 'user'), name='one_responder_per_person'),
        ),
    ]
