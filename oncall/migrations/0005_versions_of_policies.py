"""Steps belong to a version of their policy; what there is becomes version 1."""

import django.core.validators
import django.db.models.deletion
import oncall.models.people
from django.conf import settings
from django.db import migrations, models

FIRST_VERSIONS = """
INSERT INTO oncall_policyversion (policy_id, number, repeats, made_at)
    SELECT id, 1, repeats, now() FROM oncall_escalationpolicy;
UPDATE oncall_escalationpolicy AS policy SET current_id = version.id
    FROM oncall_policyversion AS version WHERE version.policy_id = policy.id;
UPDATE oncall_escalationstep AS step SET version_id = policy.current_id
    FROM oncall_escalationpolicy AS policy WHERE step.policy_id = policy.id;
-- Changing a table waits for no checks that are still owed.
SET CONSTRAINTS ALL IMMEDIATE;
"""
BACK_TO_POLICIES = """
DELETE FROM oncall_steptarget WHERE step_id IN (
    SELECT step.id FROM oncall_escalationstep AS step JOIN oncall_policyversion AS version ON version.id = step.version_id
    JOIN oncall_escalationpolicy AS policy ON policy.id = version.policy_id WHERE policy.current_id <> version.id
);
DELETE FROM oncall_escalationstep AS step USING oncall_policyversion AS version, oncall_escalationpolicy AS policy
    WHERE version.id = step.version_id AND policy.id = version.policy_id AND policy.current_id <> version.id;
UPDATE oncall_escalationstep AS step SET policy_id = version.policy_id
    FROM oncall_policyversion AS version WHERE version.id = step.version_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("oncall", "0004_rules_rooms_and_quiet_hours")]

    operations = [
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('repeats', models.PositiveSmallIntegerField()),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['policy', 'number'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='escalationstep',
            name='one_step_per_position',
        ),
        migrations.RemoveConstraint(
            model_name='steptarget',
            name='a_target_is_a_person_or_a_schedule',
        ),
        # Nullable before it goes, so that going back can fill it again.
        migrations.AlterField(
            model_name='escalationstep',
            name='policy',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='oncall.escalationpolicy'),
        ),
        migrations.AddField(
            model_name='escalationpolicy',
            name='last_resort',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='saves', to='oncall.escalationpolicy'),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='acknowledgements',
            field=models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(9)]),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='hours_from',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='hours_until',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='lowest_severity',
            field=models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)]),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='pick',
            field=models.CharField(choices=[('everybody', 'Everybody at once'), ('in_turn', 'One person, each time the next')], default='everybody', max_length=10),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='turns',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='weekdays',
            field=models.CharField(default='0123456', max_length=7),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='zone',
            field=models.CharField(default='UTC', max_length=64, validators=[oncall.models.people.validate_zone]),
        ),
        migrations.AddField(
            model_name='policyversion',
            name='last_resort',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='oncall.escalationpolicy'),
        ),
        migrations.AddField(
            model_name='policyversion',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policyversion',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='oncall.escalationpolicy'),
        ),
        migrations.AddField(
            model_name='escalationpolicy',
            name='current',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oncall.policyversion'),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='oncall.policyversion'),
        ),
        migrations.RunSQL(FIRST_VERSIONS, BACK_TO_POLICIES),
        migrations.AlterField(
            model_name='escalationstep',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='oncall.policyversion'),
        ),
        migrations.RemoveField(
            model_name='escalationstep',
            name='policy',
        ),
        migrations.AddConstraint(
            model_name='escalationpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('last_resort', models.F('id')), _negated=True), name='no_policy_is_its_own_last_resort'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.UniqueConstraint(fields=('version', 'position'), name='one_step_per_position'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.CheckConstraint(condition=models.Q(('acknowledgements__range', (1, 9))), name='a_step_wants_one_to_nine_acknowledgements'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.CheckConstraint(condition=models.Q(('lowest_severity__range', (1, 5))), name='a_step_is_for_some_severity'),
        ),
        migrations.AddConstraint(
            model_name='escalationstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hours_from__isnull', True), ('hours_until__isnull', True)), models.Q(('hours_from__isnull', False), ('hours_until__isnull', False)), _connector='OR'), name='hours_of_a_step_begin_and_end'),
        ),
        migrations.AddField(
            model_name='steptarget',
            name='room',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='escalation_targets', to='oncall.room'),
        ),
        migrations.AddConstraint(
            model_name='steptarget',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('room__isnull', True), ('schedule__isnull', True), ('user__isnull', False)), models.Q(('room__isnull', True), ('schedule__isnull', False), ('user__isnull', True)), models.Q(('room__isnull', False), ('schedule__isnull', True), ('user__isnull', True)), _connector='OR'), name='a_target_is_a_person_a_schedule_or_a_room'),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.UniqueConstraint(fields=('policy', 'number'), name='one_version_per_number'),
        ),
    ]
