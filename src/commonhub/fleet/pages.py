"""What a hub's own pages show."""

from commonhub.fleet import fields


class Organisation(fields.Model):
    """An organisation that stands behind a hub."""

    name: fields.Optional | None = None
    """Its name."""
    url: fields.Optional | None = None
    """Its web page."""
    logo: fields.Optional | None = None
    """The address of its logo."""
    html: fields.Text | None = None
    """What is said instead (HTML)."""


class Template(fields.Model):
    """Login pages of one's own."""

    repository: fields.Word | None = None
    """The git repository that holds them."""
    branch: fields.Word | None = None
    """Its branch."""


class Homepage(fields.Model):
    """Who stands behind a hub, as its login page shows it."""

    enabled: bool | None = None
    """`false`: the hub has no such page."""
    organisation: Organisation | None = None
    """Whose hub it is."""
    designed_by: Organisation | None = None
    """Who designed it."""
    operated_by: Organisation | None = None
    """Who runs it."""
    funded_by: Organisation | None = None
    """Who pays for it."""
    announcements: tuple[fields.Text, ...] | None = None
    """What people should know now (HTML)."""
    learn_more: fields.Text | None = None
    """Where more is to be learned (HTML)."""
    redirect_to: fields.Word | None = None
    """The page that people are sent to instead."""
    more: fields.Labels | None = None
    """Further words of the page, by the names that its template has for them."""
    template: Template | None = None
    """Pages of one's own."""
