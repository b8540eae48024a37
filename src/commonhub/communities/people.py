"""Accounts of people: the record that login, rosters, requests and audit point to."""

import re
from typing import Any, ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core import validators
from django.db import models

from commonhub.fleet import names
from commonhub.ground import errors

HANDLE: Final = re.compile(names.HANDLE_PATTERN)
"""What a handle may be. It is the name on every hub, so it fits a path, a host name and a process's user name."""

RESERVED: Final = names.KEPT_HANDLES


def check_handle(handle: str) -> str:
    """The handle, as it is. Raises CommonhubError where it cannot be one."""
    if not HANDLE.fullmatch(handle):
        raise errors.CommonhubError(
            f"{handle[:40]!r} can't be a handle.",
            "Use 2 to 32 small letters, digits and hyphens; begin with a letter and do not end with a hyphen.",
        )
    if handle in RESERVED:
        raise errors.CommonhubError(f"The handle {handle!r} is kept for the service.", "Choose another.")
    return handle


class People(BaseUserManager["Person"]):
    """Makes people and finds them as Django's sign-in asks."""

    def create_user(self, handle: str, *, password: str | None = None, **values: Any) -> "Person":
        """A new person; without a password they can't sign in by one."""
        person = self.model(handle=check_handle(handle), **values)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person with this handle."""
        return self.get(handle=username)


class Person(AbstractBaseUser):
    """Somebody with an account, or invited to one.

    `handle` is chosen once and never changes: it is the person's name on every hub and in the fleet's files.
    `claimed` is when they first took the account into their own hands; None while they are only expected.
    """

    handle = models.CharField(
        max_length=32, unique=True, validators=[validators.RegexValidator(HANDLE.pattern + r"\Z")]
    )
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, db_index=True)
    email_verified = models.DateTimeField(null=True)  # when they last showed that it is theirs
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    made = models.DateTimeField()
    claimed = models.DateTimeField(null=True)

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[People] = People()

    class Meta:
        ordering = ["handle"]
        indexes = [models.Index(fields=["name", "handle"], name="people_by_name")]

    def __str__(self) -> str:
        return self.handle

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write; refused where the handle would change, because homes on hubs and lines in git hang on it."""
        if self.pk is not None:
            kept = type(self).objects.filter(pk=self.pk).values_list("handle", flat=True).first()
            if kept is not None and kept != self.handle:
                raise errors.CommonhubError(
                    f"The handle of {kept} can't change.", "Make another account, and hand its roles over."
                )
        super().save(*args, **kwargs)

    @property
    def can_sign_in(self) -> bool:
        """Whether they hold the account and it is open."""
        return self.is_active and self.claimed is not None

    def get_full_name(self) -> str:
        """What others read."""
        return self.name or self.handle

    def get_short_name(self) -> str:
        """What a greeting uses."""
        return self.get_full_name()
