"""What the fleet's own file rules of changes; it is filled with the keeper's next look at the folder."""

from typing import Any

from django.db import migrations, models


def look_again(apps: Any, _schema: Any) -> None:
    """Have the newest commit read once more."""
    apps.get_model("changes", "SeenHead").objects.update(secrets_of="")


class Migration(migrations.Migration):
    """One column more."""

    dependencies = [("changes", "0002_secrets_that_end")]

    operations = [
        migrations.AddField(
            model_name="seenhead", name="rules", field=models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.RunPython(look_again, migrations.RunPython.noop),
    ]
