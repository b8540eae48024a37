"""The people who sign in to the portal. For now one: the operator."""

from django.contrib.auth import models

OPERATOR = "operator"


def ensure_operator(password: str) -> None:
    """After: `operator` can sign in with `password`. The same password twice changes nothing and ends no session."""
    person, created = models.User.objects.get_or_create(username=OPERATOR)
    if created or not person.is_active or not person.check_password(password):
        person.set_password(password)
        person.is_active = True
        person.save()
