"""The portal's own record: tries to sign in, so that guessing is slow."""

from django.db import models


class SignInTry(models.Model):
    """One try to sign in that has not succeeded. Kept for as long as it counts, and no longer."""

    source = models.CharField(max_length=64, db_index=True)  # a keyed digest of where it came from; no address is kept
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.source[:8]} {self.at:%Y-%m-%d %H:%M}"
