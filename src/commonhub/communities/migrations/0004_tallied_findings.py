"""What My duties counts by, instead of the indexes that it needed until now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The tally fills with the next look at coverage, which is the keeper's first act."""

    dependencies = [("communities", "0003_as_wide_as_the_files")]

    operations = [
        migrations.CreateModel(
            name="FindingTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("community", models.CharField(blank=True, max_length=64)),
                ("kind", models.CharField(max_length=30)),
                ("person", models.CharField(blank=True, max_length=220)),
                ("people", models.TextField(blank=True)),
                ("many", models.PositiveIntegerField()),
                ("since", models.DateTimeField()),
                ("example", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveIndex(model_name="finding", name="findings_about_one"),
        migrations.RemoveIndex(model_name="finding", name="findings_about_many"),
        migrations.AddIndex(
            model_name="findingtally", index=models.Index(fields=["person", "kind"], name="tallied_by_person")
        ),
    ]
