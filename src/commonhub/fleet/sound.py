"""The newest commit that can be obeyed: it stays in force while those after it have mistakes, also after a restart."""

from commonhub.fleet import history, models, reading

LOOK_BACK = 50  # commits; whoever made more in a row with mistakes has been told of each


def newest(
    repository: history.FleetRepository, reader: reading.Reader | None = None, *, start: str = ""
) -> tuple[history.Commit, models.Fleet] | None:
    """The newest commit without mistakes and its fleet; None where none of the last `LOOK_BACK` is sound.

    `start`: the commit to look back from, where that is not the newest.
    """
    reader = reader or reading.Reader()
    for commit in repository.log(limit=LOOK_BACK, start=start):
        found = reader.read(repository.tree(commit.id))
        if found.fleet is not None:
            return commit, found.fleet
    return None
