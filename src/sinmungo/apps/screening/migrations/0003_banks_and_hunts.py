import datetime
import hashlib

import django.db.models.deletion
from django.db import migrations, models


def carry_digests_over(apps, schema_editor):
    """Write the digests that banks held as 64 hexadecimal digits as bytes."""
    fingerprints = apps.get_model("screening", "Fingerprint").objects
    for row in fingerprints.iterator(chunk_size=2000):
        content = bytes.fromhex(row.sha256)
        digest = hashlib.sha256(b"sha256" + b"\0" + content).digest()
        fingerprints.filter(pk=row.pk).update(content=content, digest=digest, change=1)
    apps.get_model("screening", "Bank").objects.update(change=1)


class Migration(migrations.Migration):

    dependencies = [
        ('items', '0002_media_hosts'),
        ('screening', '0002_learned_judge_and_picture_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExchangeState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=80)),
                ('checkpoint', models.CharField(blank=True, max_length=500)),
                ('position', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Hunt',
            fields=[
                ('due_at', models.DateTimeField()),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('after_change', models.PositiveBigIntegerField()),
                ('to_change', models.PositiveBigIntegerField()),
                ('stage', models.CharField(choices=[('media', 'Media'), ('texts', 'Texts'), ('done', 'Done')], default='media', max_length=5)),
                ('media_cursor', models.BigIntegerField(default=0)),
                ('text_cursor', models.UUIDField(blank=True, null=True)),
                ('total', models.PositiveBigIntegerField(default=0)),
                ('looked', models.PositiveBigIntegerField(default=0)),
                ('found', models.PositiveBigIntegerField(default=0)),
                ('asked_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HuntFind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.SmallIntegerField(default=-1)),
                ('evidence', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='MediaHashing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField()),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SeenMedia',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField()),
                ('sha256', models.BinaryField(max_length=32)),
                ('is_clip', models.BooleanField(default=False)),
                ('hashes', models.BinaryField(blank=True)),
                ('seen_at', models.DateTimeField()),
                ('hashed_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='fingerprint',
            name='screening_once_in_bank',
        ),
        migrations.AddField(
            model_name='bank',
            name='change',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='bank',
            name='expires_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='bank',
            name='is_enabled',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='bank',
            name='is_negative',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='bank',
            name='is_sealed',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='bank',
            name='made_at',
            field=models.DateTimeField(default=datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='bank',
            name='seen_by',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='bank',
            name='severity',
            field=models.CharField(choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High'), ('critical', 'Critical')], default='medium', max_length=8),
        ),
        migrations.AddField(
            model_name='bank',
            name='source',
            field=models.CharField(default='own', max_length=80),
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='change',
            field=models.PositiveBigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='content',
            field=models.BinaryField(blank=True),
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='digest',
            field=models.BinaryField(default=b'', max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='expires_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='external_id',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='kind',
            field=models.CharField(choices=[('sha256', 'Sha256'), ('md5', 'Md5'), ('pdq', 'Pdq'), ('clip', 'Clip'), ('text', 'Text')], default='sha256', max_length=6),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='fingerprint',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='fingerprint',
            name='bank',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='fingerprints', to='screening.bank'),
        ),
        migrations.RunPython(carry_digests_over, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='fingerprint',
            name='sha256',
        ),
        migrations.AddIndex(
            model_name='fingerprint',
            index=models.Index(fields=['bank', 'change'], name='screening_bank_change'),
        ),
        migrations.AddIndex(
            model_name='fingerprint',
            index=models.Index(fields=['bank', 'external_id'], name='screening_bank_external'),
        ),
        migrations.AddConstraint(
            model_name='bank',
            constraint=models.CheckConstraint(condition=models.Q(('is_sealed', False), ('is_negative', False), _connector='OR'), name='screening_sealed_never_negative'),
        ),
        migrations.AddConstraint(
            model_name='fingerprint',
            constraint=models.UniqueConstraint(fields=('bank', 'digest'), name='screening_once_in_bank'),
        ),
        migrations.AddConstraint(
            model_name='fingerprint',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), ('content', b''), _connector='OR'), name='screening_withdrawn_is_empty'),
        ),
        migrations.AddField(
            model_name='exchangestate',
            name='bank',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.bank'),
        ),
        migrations.AddField(
            model_name='hunt',
            name='bank',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.bank'),
        ),
        migrations.AddField(
            model_name='huntfind',
            name='fingerprint',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.fingerprint'),
        ),
        migrations.AddField(
            model_name='huntfind',
            name='hunt',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='finds', to='screening.hunt'),
        ),
        migrations.AddField(
            model_name='huntfind',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='items.version'),
        ),
        migrations.AddField(
            model_name='seenmedia',
            name='version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='items.version'),
        ),
        migrations.AddField(
            model_name='mediahashing',
            name='seen',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.seenmedia'),
        ),
        migrations.AddConstraint(
            model_name='exchangestate',
            constraint=models.UniqueConstraint(fields=('bank', 'source'), name='screening_one_state'),
        ),
        migrations.AddIndex(
            model_name='hunt',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['due_at'], name='hunt_owed'),
        ),
        migrations.AddConstraint(
            model_name='huntfind',
            constraint=models.UniqueConstraint(fields=('hunt', 'version', 'place', 'fingerprint'), name='screening_found_once'),
        ),
        migrations.AddConstraint(
            model_name='seenmedia',
            constraint=models.UniqueConstraint(fields=('version', 'place'), name='screening_seen_once'),
        ),
        migrations.AddIndex(
            model_name='mediahashing',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['due_at'], name='mediahashing_owed'),
        ),
        migrations.AddIndex(
            model_name='signal',
            index=models.Index(condition=models.Q(('source', 'match')), fields=['name', 'at'], name='screening_bank_matches'),
        ),
    ]
