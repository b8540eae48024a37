"""The records of communities. Mirrors of the fleet folder come first, then what lives here alone."""

from typing import Final

from django.db import models

from commonhub.communities.people import Person
from commonhub.fleet import fields

__all__ = [
    "Acceptance",
    "Appointment",
    "Ask",
    "Community",
    "CoverageDay",
    "Departure",
    "Ending",
    "Finding",
    "Group",
    "GroupMember",
    "Hub",
    "Invitation",
    "JoinRequest",
    "Leave",
    "Membership",
    "ModelRecord",
    "Notice",
    "Person",
    "Practised",
    "Shown",
]

WHO_MAX: Final = fields.TITLE_MAX + 20  # a handle, or the words for somebody without an account behind their mark


class ModelRecord(models.Model):
    """The responsibility model in force: one row. Empty text: the one that Commonhub ships."""

    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    seen = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]


class Community(models.Model):
    """A community as its file in the fleet says it. `version` tells one state of its agreement from the next."""

    name = models.CharField(primary_key=True, max_length=64)
    title = models.CharField(max_length=fields.TITLE_MAX)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=20)
    url = models.CharField(max_length=500, blank=True)
    place = models.CharField(max_length=fields.WORD_MAX, blank=True)
    time_zone = models.CharField(max_length=fields.ZONE_MAX, blank=True)
    terms = models.TextField(blank=True)
    departures = models.JSONField(
        default=list
    )  # as the file says them; `Departure` holds those that both sides accepted
    version = models.CharField(max_length=16)
    in_fleet = models.BooleanField(default=True)

    class Meta:
        ordering = ["title", "name"]

    def __str__(self) -> str:
        return self.name


class Hub(models.Model):
    """What a hub's file says of who may use it. How the hub does is a record of the hubs domain, under the same id."""

    hub_id = models.CharField(primary_key=True, max_length=130)  # "<community>/<hub>"
    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="hubs")
    name = models.CharField(max_length=64)
    title = models.CharField(max_length=fields.TITLE_MAX)
    url = models.CharField(max_length=300, blank=True)
    login = models.CharField(max_length=30)  # fleet.desired.LoginKind
    everyone = models.BooleanField(default=False)
    domains = models.JSONField(default=list)
    groups = models.JSONField(default=list)  # names of the community's groups whose people may use it
    requests = models.BooleanField(default=True)
    admins = models.JSONField(default=list)  # those whom the hub's own file makes administrators of JupyterHub
    in_fleet = models.BooleanField(default=True)

    class Meta:
        ordering = ["hub_id"]

    def __str__(self) -> str:
        return self.hub_id


class Appointment(models.Model):
    """One person in one role at one place, as the fleet's files say it. `hub` "" is the whole community, `community` "" the fleet."""

    handle = models.CharField(
        max_length=WHO_MAX, db_index=True
    )  # somebody without an account goes by name: see `named`
    named = models.BooleanField(
        default=True
    )  # False: `handle` is no handle, only words for a person without an account
    name = models.CharField(max_length=fields.TITLE_MAX, blank=True)
    email = models.CharField(max_length=fields.EMAIL_MAX, blank=True)
    time_zone = models.CharField(max_length=fields.ZONE_MAX, blank=True)
    role = models.CharField(max_length=64)
    side = models.CharField(max_length=10)
    community = models.CharField(max_length=64, blank=True, db_index=True)
    hub = models.CharField(max_length=64, blank=True)
    only = models.JSONField(null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    because = models.TextField(blank=True)

    class Meta:
        ordering = ["community", "hub", "role", "handle"]

    def __str__(self) -> str:
        return f"{self.handle} {self.role}"


class Departure(models.Model):
    """Where a community and the service have agreed on something else than the usual breakdown, and both accepted it."""

    community = models.CharField(max_length=64, db_index=True)
    hub = models.CharField(max_length=64, blank=True)
    responsibility = models.CharField(max_length=64)
    carried_by = models.CharField(max_length=10)
    because = models.TextField(blank=True)

    class Meta:
        ordering = ["community", "hub", "responsibility"]

    def __str__(self) -> str:
        return f"{self.community} {self.responsibility}"


class Acceptance(models.Model):
    """One side has accepted one version of a community's agreement. Written once."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="acceptances")
    version = models.CharField(max_length=16)
    side = models.CharField(max_length=10)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)  # as it was on that day
    at = models.DateTimeField()
    text = models.TextField()  # what was accepted, in words

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["community", "version", "side"], name="accepted_once_a_side")]

    def __str__(self) -> str:
        return f"{self.community_id} {self.version} {self.side}"


class Group(models.Model):
    """Some of a community's people under a name."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="people_groups")
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    people = models.ManyToManyField(Person, through="GroupMember", related_name="people_groups")

    class Meta:
        ordering = ["community", "name"]
        constraints = [models.UniqueConstraint(fields=["community", "name"], name="one_group_each")]

    def __str__(self) -> str:
        return f"{self.community_id} {self.name}"


class GroupMember(models.Model):
    """One person in one group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="group_memberships")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="once_in_a_group")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.person_id}"


class Membership(models.Model):
    """One person on one hub's roster. One who was removed stays on it as removed, so that no open door lets them in again."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateTimeField()
    via = models.CharField(max_length=20)  # access.GRANTED, or the `access.Why` that let them in
    by = models.CharField(max_length=64, blank=True)  # who let them in
    removed = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=64, blank=True)
    removed_because = models.TextField(blank=True)

    class Meta:
        ordering = ["person__handle"]
        constraints = [models.UniqueConstraint(fields=["hub", "person"], name="once_on_a_roster")]
        indexes = [models.Index(fields=["hub", "removed", "since"], name="roster_in_time")]

    def __str__(self) -> str:
        return f"{self.hub_id} {self.person_id}"


class Invitation(models.Model):
    """A link that lets people in: to an account, and to a hub where one is named. Only a digest of its code is kept."""

    digest = models.CharField(max_length=64, unique=True)
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, null=True, related_name="invitations")
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, related_name="invitations"
    )  # whose account it opens
    words = models.CharField(max_length=200, blank=True)  # what it is for
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    expires = models.DateTimeField()
    most = models.PositiveIntegerField(default=1)  # people it lets in
    used = models.PositiveIntegerField(default=0)
    revoked = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class JoinRequest(models.Model):
    """Somebody would like to use a hub."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="join_requests")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="join_requests")
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    answered = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=64, blank=True)
    accepted = models.BooleanField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["hub", "answered", "at"], name="open_join_requests")]

    def __str__(self) -> str:
        return f"{self.hub_id} {self.person_id}"


class Ask(models.Model):
    """Somebody was refused and asks those who can: it waits on their list until one of them answers."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="asks")
    permission = models.CharField(max_length=64)
    responsibility = models.CharField(max_length=64)
    community = models.CharField(max_length=64, blank=True)
    hub = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=200, blank=True)  # whom or what it is about, where the place does not say it
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    answered = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=64, blank=True)
    done = models.BooleanField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["community", "answered", "at"], name="open_asks")]

    def __str__(self) -> str:
        return f"{self.permission} {self.community}/{self.hub}"


class Leave(models.Model):
    """For a time and a reason, one person may do one exceptional thing at one hub, to one person's server."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="leaves")
    permission = models.CharField(max_length=64)
    community = models.CharField(max_length=64)
    hub = models.CharField(max_length=64)
    about = models.CharField(max_length=64)  # whose server
    reason = models.TextField()
    given_by = models.CharField(max_length=64)
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    opened = models.DateTimeField(null=True)  # when the hub was told
    closed = models.DateTimeField(null=True)  # when it was told that it is over
    tried = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.permission} {self.about}"


class Notice(models.Model):
    """Something that one person has to be told."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    at = models.DateTimeField()
    words = models.TextField()
    url = models.CharField(max_length=300, blank=True)
    seen = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["person", "seen", "at"], name="unseen_notices")]

    def __str__(self) -> str:
        return self.words[:60]


class Ending(models.Model):
    """A person's access to a hub has ended, and the hub must be told. The keeper takes these in turn until each is done."""

    hub_id = models.CharField(max_length=130)
    handle = models.CharField(max_length=64)
    at = models.DateTimeField()
    done = models.DateTimeField(null=True, db_index=True)
    tries = models.PositiveIntegerField(default=0)
    trouble = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.hub_id} {self.handle}"


class Practised(models.Model):
    """When somebody last used or rehearsed the powers of a responsibility at a place."""

    handle = models.CharField(max_length=64)
    responsibility = models.CharField(max_length=64)
    community = models.CharField(max_length=64, blank=True)
    hub = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "hub", "handle", "responsibility"], name="practised_once_each")
        ]

    def __str__(self) -> str:
        return f"{self.handle} {self.responsibility}"


class Shown(models.Model):
    """Something that shows that a responsibility is carried. `kind` is one that the model names."""

    responsibility = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    community = models.CharField(max_length=64, blank=True)
    hub = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64, blank=True)
    words = models.TextField(blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["community", "hub", "responsibility", "kind", "at"], name="shown_where")]

    def __str__(self) -> str:
        return f"{self.kind} {self.community}/{self.hub}"


class CoverageDay(models.Model):
    """The number of a place on one day. `place` is a hub's id, a community's name, or "" for the fleet."""

    place = models.CharField(max_length=130, blank=True)
    day = models.DateField()
    done = models.PositiveIntegerField()
    of = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    empowered = models.PositiveIntegerField()
    evidenced = models.PositiveIntegerField()

    class Meta:
        ordering = ["place", "day"]
        constraints = [models.UniqueConstraint(fields=["place", "day"], name="one_number_a_day")]

    def __str__(self) -> str:
        return f"{self.place} {self.day}"


class Finding(models.Model):
    """Something amiss in who carries what, as coverage last found it. `since` stays while it persists.

    `person` is whom it is about where it is about one alone; `people` are the handles of all whom it
    concerns, each on a line.
    """

    kind = models.CharField(max_length=30)  # responsibility.findings.Kind
    community = models.CharField(max_length=64, blank=True)
    hub = models.CharField(max_length=64, blank=True)
    responsibility = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=64, blank=True)
    person = models.CharField(max_length=WHO_MAX, blank=True)
    people = models.TextField(blank=True)
    sentence = models.TextField()
    mend = models.TextField()
    since = models.DateTimeField()

    class Meta:
        ordering = ["community", "hub", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "hub", "kind", "responsibility", "role", "person"], name="one_finding_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.community}/{self.hub} {self.responsibility}"


class FindingTally(models.Model):
    """How many findings of one kind a community has about the same people: an engineer's duties count a whole fleet's.

    Written with the findings, of which it says nothing new. `since` is that of the oldest, `example` the number of one.
    """

    community = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=30)
    person = models.CharField(max_length=WHO_MAX, blank=True)
    people = models.TextField(blank=True)  # as a finding has them
    many = models.PositiveIntegerField()
    since = models.DateTimeField()
    example = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["person", "kind"], name="tallied_by_person")]

    def __str__(self) -> str:
        return f"{self.many} {self.kind} {self.community}"
