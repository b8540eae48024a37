from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from commonhub.audit import guards


def lay(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The end of an empty chain, and then the guards, which allow no second one."""
    apps.get_model("audit", "AuditHead").objects.create(pk=1)
    for statement in guards.laying(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def lift(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in guards.lifting(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
                ("digest", models.CharField(default="0" * 64, max_length=64)),
                ("at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("actor", models.CharField(max_length=200)),
                ("actor_name", models.CharField(max_length=200)),
                ("via", models.CharField(max_length=10)),
                ("verb", models.CharField(max_length=64)),
                ("permission", models.CharField(blank=True, max_length=64)),
                ("community", models.CharField(blank=True, max_length=64)),
                ("hub", models.CharField(blank=True, max_length=64)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("outcome", models.CharField(max_length=10)),
                ("words", models.TextField()),
                ("reasons", models.JSONField(default=list)),
                ("details", models.JSONField(default=dict)),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-number"],
                "indexes": [
                    models.Index(fields=["community", "number"], name="audit_of_community"),
                    models.Index(fields=["community", "hub", "number"], name="audit_of_hub"),
                    models.Index(fields=["actor", "number"], name="audit_by_actor"),
                    models.Index(fields=["subject", "number"], name="audit_about_subject"),
                    models.Index(fields=["permission", "number"], name="audit_under_permission"),
                ],
            },
        ),
        migrations.RunPython(lay, lift),
    ]
