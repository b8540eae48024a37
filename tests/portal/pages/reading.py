"""What a reader reads of an answer, and whether its HTML is whole."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

EMPTY = frozenset(
    {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "circle", "use", "source"}
)


def words(answer) -> str:
    """The text of a page, with single blanks."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").replace("&#x27;", "'").split())


def main(answer) -> str:
    """The text of the page without its frame."""
    page = answer.content.decode()
    inside = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", inside).replace("&#x27;", "'").split())


def carried(answer) -> dict[str, str]:
    """What the preview of a change carries to its proposal."""
    found = re.search(r'name="carried" value="([^"]*)"', answer.content.decode())
    return {"carried": html.unescape(found[1])}


def weight(answer, static_files: Path) -> int:
    """The bytes of a first view: the page, and the files it asks for as they are sent to a browser, compressed."""
    links = {link for link in answer.content.decode().split('"') if link.startswith("/static/")}
    files = [static_files / link.removeprefix("/static/") for link in links]
    small = [file.with_name(f"{file.name}.gz") for file in files]
    sent = (each if each.exists() else file for file, each in zip(files, small, strict=True))
    return len(answer.content) + sum(file.stat().st_size for file in sent)


class _Whole(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.meant: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag, attributes) -> None:
        given = dict(attributes)
        if len(given) != len(attributes):
            self.faults.append(f"<{tag}> has an attribute twice: {attributes}")
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("for", "aria-labelledby", "aria-describedby", "list"):
            self.meant += (given.get(name) or "").split()
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "form" and self.open.count("form") > 1:
            self.faults.append("a form stands in a form")
        if tag in {"p", "ul", "ol", "div", "section", "table", "form"} and "p" in self.open[:-1]:
            self.faults.append(f"<{tag}> stands in a paragraph")

    def handle_startendtag(self, tag, attributes) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag) -> None:
        if tag in EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} closes nothing")


def faults(answer) -> list[str]:
    """What is wrong with the HTML: tags that do not match, ids that stand twice or point nowhere."""
    reader = _Whole()
    reader.feed(answer.content.decode())
    twice = {each for each in reader.ids if reader.ids.count(each) > 1}
    nowhere = {each for each in reader.meant if each not in reader.ids}
    return [*reader.faults[:5], *(f"id {each} stands twice" for each in twice), *(f"no id {each}" for each in nowhere)]
