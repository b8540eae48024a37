"""The records of the hubs domain: what was last seen, and what happened.

The keeper writes them; pages and the terminal read them, so that no page waits for another process.
"""

from django.db import models


class HubRecord(models.Model):
    """One hub as last seen, with the words from its fleet file that pages show and search."""

    hub_id = models.CharField(primary_key=True, max_length=130)  # "<community>/<hub>"
    community = models.CharField(max_length=64, db_index=True)
    community_title = models.CharField(max_length=200)
    name = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    engine = models.CharField(max_length=20)
    url = models.CharField(max_length=300)
    state = models.CharField(max_length=20, db_index=True)  # engines.engine.HubState
    since = models.DateTimeField()
    message = models.TextField(blank=True)
    people = models.PositiveIntegerField(default=0)  # with a running server
    memory = models.PositiveBigIntegerField(default=0)  # bytes: hub process and servers together
    hub_memory = models.PositiveBigIntegerField(default=0)  # bytes: the hub process alone
    home_bytes = models.PositiveBigIntegerField(null=True)
    last_activity = models.DateTimeField(null=True)
    digest = models.CharField(max_length=16, blank=True)  # of the settings it runs with
    wanted_digest = models.CharField(max_length=16, blank=True)  # of the settings in the fleet
    settings = models.JSONField(default=dict)  # the wanted DesiredHub, for pages
    seen = models.DateTimeField()
    counted_since = models.DateTimeField(null=True)  # from when on its server hours are counted; null: not in the fleet

    class Meta:
        ordering = ["community_title", "title", "hub_id"]
        indexes = [  # each answers one question of the fleet page without reading the rows
            models.Index(fields=["state", "people", "memory"], name="hubs_in_numbers"),
            models.Index(fields=["community", "state"], name="communities_in_numbers"),
            models.Index(fields=["community_title", "community", "title", "hub_id"], name="hubs_in_order"),
        ]

    def __str__(self) -> str:
        return self.hub_id


class ServerRecord(models.Model):
    """One user's server as last seen."""

    hub = models.ForeignKey(HubRecord, on_delete=models.CASCADE, related_name="servers")
    user = models.CharField(max_length=255)
    name = models.CharField(max_length=64, blank=True)
    started = models.DateTimeField()
    last_activity = models.DateTimeField(null=True)
    memory = models.PositiveBigIntegerField(null=True)  # bytes
    home_bytes = models.PositiveBigIntegerField(null=True)  # of the person's home, when last measured

    class Meta:
        ordering = ["user", "name"]
        constraints = [models.UniqueConstraint(fields=["hub", "user", "name"], name="one_server_each")]

    def __str__(self) -> str:
        return f"{self.hub_id} {self.user}/{self.name}"


class ServerDay(models.Model):
    """How long people's servers ran at one hub on one day in UTC, all added up; no row where none did."""

    hub_id = models.CharField(max_length=130)
    day = models.DateField(db_index=True)
    seconds = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub_id", "day"], name="one_row_a_day")]

    def __str__(self) -> str:
        return f"{self.hub_id} {self.day}"


class HubEvent(models.Model):
    """Something that happened to a hub, in words. Written once, never changed."""

    hub_id = models.CharField(max_length=130, db_index=True)
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=30)  # the state it changed to, or a verb: woken, slept, restarted, changed
    actor = models.CharField(max_length=200, blank=True)  # who asked; "" for Commonhub itself
    words = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.hub_id} {self.kind}"


class FleetRecord(models.Model):
    """The fleet as last read: one row."""

    name = models.CharField(max_length=200)
    revision = models.CharField(max_length=64, blank=True)  # the commit that is in force
    newest = models.CharField(max_length=64, blank=True)  # the newest commit; differs while it has faults
    subject = models.CharField(max_length=300, blank=True)  # first line of the commit in force
    author = models.CharField(max_length=200, blank=True)
    committed = models.DateTimeField(null=True)
    faults = models.JSONField(default=list)  # of the newest commit: [{file, line, problem, mend, warning}]
    url = models.CharField(max_length=300, blank=True)  # the portal's public address
    seen = models.DateTimeField()
    memory = models.PositiveBigIntegerField(default=0)  # bytes (PSS) of everything Commonhub runs

    def __str__(self) -> str:
        return self.name


class PartRecord(models.Model):
    """One part of the control plane as last seen: web, keeper, proxy, nursery."""

    name = models.CharField(primary_key=True, max_length=30)
    state = models.CharField(max_length=20)  # running, starting, stopped
    since = models.DateTimeField()
    restarts = models.PositiveIntegerField(default=0)
    memory = models.PositiveBigIntegerField(default=0)  # bytes (PSS)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Look(models.Model):
    """When the keeper last looked at what people did, and what it found, so that the keeper after it goes on from there."""

    what = models.CharField(primary_key=True, max_length=130)  # a hub's id, for its panel; or a word without a slash
    at = models.DateTimeField()
    told = models.JSONField(default=list)  # who should be Hub Administrators there, by handle, as the hub was told

    def __str__(self) -> str:
        return self.what


class HomeRemoval(models.Model):
    """Somebody asked that one person's home on one hub be archived and removed. Open until `ended`."""

    hub_id = models.CharField(max_length=130)
    handle = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)  # who asked, by handle
    goes = models.DateTimeField()  # until then it can be taken back
    begun = models.DateTimeField(null=True)  # when the keeper began to archive it
    tried = models.DateTimeField(null=True)  # when that failed last
    trouble = models.TextField(blank=True)
    ended = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)  # homes.Outcome
    archive = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["goes", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hub_id", "handle"], condition=models.Q(ended=None), name="one_open_home_removal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hub_id} {self.handle}"
