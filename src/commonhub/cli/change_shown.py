"""Changes as the terminal shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from commonhub.cli import terminal

Told = Mapping[str, Any]


def rows(changes: Sequence[Told]) -> None:
    """A list of changes."""
    if not changes:
        terminal.say("There is no change.")
        return
    table = [
        (
            str(each["number"]),
            str(each["at"])[:10],
            each["author"] + (" (editor)" if each["by_editor"] else ""),
            each["state"] + (f", {each['rollout']}" if each["rollout"] else ""),
            ", ".join(each["places"]),
            each["title"],
        )
        for each in changes
    ]
    terminal.table(("Number", "Day", "Who", "State", "Where", "What"), table)


def whole(change: Told) -> None:
    """One change with everything."""
    terminal.say(f"Change {change['number']}: {change['title']}")
    terminal.say(f"  {change['author']}, {str(change['at'])[:16]}. {change['sentence']}")
    for line in (change["why"], change["because"], change["trouble"], change["rollout_words"]):
        if line:
            terminal.say(f"  {line}")
    weighed(change)
    for each in change["conflicts"]:
        terminal.say(f"  conflict: {each['sentence']}")
    for each in change["owed"]:
        terminal.say(f"  owed: {each}")
    review = change["review"]
    if review:
        done = (
            f"reviewed by {review['by']}: {review['words']}" if review["at"] else f"review due on {review['due'][:10]}"
        )
        terminal.say(f"  emergency, {done}")
    if change["can"]:
        terminal.say(f"You can: {', '.join(change['can'])}.")


def weighed(change: Told) -> None:
    """What a change does, costs, risks and needs."""
    for place, sentences in change["words"].items():
        terminal.say(f"{place}:")
        for each in sentences:
            terminal.say(f"  {each}")
    terminal.say()
    terminal.say(change["difference"].rstrip() or "No file differs.")
    terminal.say()
    for each in change.get("goes", ()):
        terminal.say(f"goes: {each}")
    for step in change["plan"]:
        terminal.say(f"plan: {step['sentence']}")
    terminal.say(f"price: {change['price']['sentence']}")
    for line in change["price"]["lines"]:
        terminal.say(f"  {line['words']}")
    for each in change["findings"]:
        place = f"{each['file']}:{each['line']}: " if each["file"] and each["line"] else ""
        terminal.say(f"{each['severity']}: {place}{each['sentence']} {each['mend']}")
    for need in change["needs"]:
        terminal.say(f"{'agreed' if need['given_by'] else 'needs'}: {need['sentence']}")
