"""Columns as wide as what the fleet's files may say."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Wider columns."""

    dependencies = [("communities", "0002_findings")]

    operations = [
        migrations.AlterField("appointment", "handle", models.CharField(db_index=True, max_length=220)),
        migrations.AlterField("community", "place", models.CharField(blank=True, max_length=300)),
        migrations.AlterField("finding", "person", models.CharField(blank=True, max_length=220)),
    ]
