"""The records of identity that allauth does not keep."""

from django.db import models

from commonhub.communities.people import Person


class ApiToken(models.Model):
    """A token with which a program acts for a person, within some of the person's permissions. Only a digest is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    begins = models.CharField(max_length=12)  # the first letters, by which a person tells their tokens apart
    scopes = models.JSONField(default=list)  # permissions
    made = models.DateTimeField()
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made"]

    def __str__(self) -> str:
        return f"{self.begins}…"


class Cut(models.Model):
    """When all that a person had open was ended last: what was begun before it opens nothing."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="cut")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} {self.at}"
