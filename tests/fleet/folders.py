"""Small fleets for tests."""

from pathlib import Path

from commonhub.fleet import trees

ROOT = Path(__file__).resolve().parents[2]  # the checkout
SAMPLE = ROOT / "examples/fleet"

REEF = {
    "fleet.yaml": "name: Our hubs\n",
    "communities/reef/community.yaml": "title: Coral reef\n",
    "communities/reef/hubs/main.yaml": "title: Reef hub\nadmins: [dan]\nlogin: {kind: shared-password}\n",
}


def tree(files):
    """A tree of these texts (or bytes) by path."""
    entries = []
    for path, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        entries.append(trees.Entry(path=path, blob=trees.blob_name(data), load=lambda data=data: data))
    return trees.Tree(entries=tuple(entries))


def put(root, files):
    """Write the files below a folder."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root
