import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0008_upload_words'),
        ('stars', '0012_ledger_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='assessmentchange',
            name='door',
            field=models.CharField(choices=[('page', 'page'), ('excel', 'Excel'), ('offline', 'offline form'), ('api', 'API'), ('command', 'command')], max_length=8, verbose_name='door'),
        ),
        migrations.CreateModel(
            name='OfflineUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('file_name', models.CharField(max_length=120, verbose_name='file')),
                ('workbook', models.BinaryField(verbose_name='workbook')),
                ('mistakes', models.JSONField(verbose_name='mistakes')),
                ('state', models.CharField(choices=[('reading', 'Being read'), ('pending', 'To be corrected or applied'), ('applied', 'Applied'), ('in_part', 'Applied in part'), ('discarded', 'Discarded')], default='pending', max_length=12, verbose_name='state')),
                ('quarter', models.SmallIntegerField(verbose_name='quarter')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('rating_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stars.ratingyear', verbose_name='rating year')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.territory', verbose_name='filed by')),
            ],
            options={
                'verbose_name': 'uploaded offline form',
                'verbose_name_plural': 'uploaded offline forms',
                'ordering': ['-pk'],
                'abstract': False,
            },
        ),
    ]
