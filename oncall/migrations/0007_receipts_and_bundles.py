"""What providers say later, attempts that went out as one message, pages to rooms and to people asked by name."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0006_responders_snoozes_and_holds")]

    operations = [
        migrations.CreateModel(
            name='DeliveryReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('said', models.CharField(max_length=80)),
                ('state', models.CharField(blank=True, max_length=10)),
                ('detail', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='attempt',
            name='one_attempt_per_number',
        ),
        migrations.RemoveConstraint(
            model_name='page',
            name='one_page_per_person_and_step',
        ),
        migrations.AddField(
            model_name='attempt',
            name='bundle',
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='delivered_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='rule',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='address',
            field=models.CharField(max_length=1000),
        ),
        migrations.AlterField(
            model_name='page',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='pages', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['key'], name='attempts_by_key'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('bundle__isnull', False)), fields=['bundle'], name='attempts_by_bundle'),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['created_at'], name='attempts_by_age'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('page', 'contact_method', 'rule', 'number'), name='one_attempt_per_number'),
        ),
        migrations.AddField(
            model_name='deliveryreceipt',
            name='attempt',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='oncall.attempt'),
        ),
        migrations.AddField(
            model_name='page',
            name='responder',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='oncall.responder'),
        ),
        migrations.AddField(
            model_name='page',
            name='room',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pages', to='oncall.room'),
        ),
        migrations.AddConstraint(
            model_name='page',
            constraint=models.UniqueConstraint(condition=models.Q(('responder__isnull', True)), fields=('incident', 'user', 'cycle', 'round', 'step'), name='one_page_per_person_and_step'),
        ),
        migrations.AddConstraint(
            model_name='page',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('room__isnull', False), ('user__isnull', True)), models.Q(('room__isnull', True), ('user__isnull', False)), _connector='OR'), name='a_page_calls_a_person_or_a_room'),
        ),
    ]
