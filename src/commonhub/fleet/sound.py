"""The newest commit that can be obeyed: it stays in force while those after it have mistakes, also after a restart."""

from commonhub.fleet import history, models, reading

LOOK_BACK = 50  # commits; whoever made more in a row with mistakes has been told of each


def newest(
    repository: history.FleetRepository, reader: reading.Reader | None = None
) -> tuple[history.Commit, models.Fleet] | None:
    """The newest commit without mistakes and its fleet; None where none of the last `LOOK_BACK` is sound."""
    reader = reader or reading.Reader()
    for commit in repository.log(limit=LOOK_BACK):
        found = reader.read(repository.tree(commit.id))
        if found.fleet is not None:
            return commit, found.fleet
    return None
