"""What can be changed of a hub by a form: fields grouped by what somebody wants, each with what holds now.

From a form to the values that `changes.change_words` understands: only what differs from what holds now is sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils import formats
from django.utils.translation import gettext

from commonhub.fleet import desired, quantities
from commonhub.ground import errors
from commonhub.portal import words

Settings = Mapping[str, Any]
Path = tuple[str, ...]
WORDS: Final = ("title", "description", "interface")
LISTS: Final = ("admins", "people", "organizations", "login_domains")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that can be changed. `now`: what holds; `value`: what stands in the field; `taken`: of a list, who is on it."""

    name: str
    label: str
    now: str = ""
    value: str = ""
    hint: str = ""
    list_of: tuple[str, ...] | None = None
    removed: tuple[str, ...] = ()
    long: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Fields that belong together. `paths`: the keys of the hub's file that they write."""

    id: str
    title: str
    fields: tuple[Field, ...]
    paths: tuple[Path, ...]
    choices: tuple["Choice", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A choice of the menu of sizes. `memory` is bytes, None where the choice does not say."""

    name: str
    title: str
    now: str
    memory: str = ""


def groups(settings: Settings, sent: Mapping[str, Any]) -> tuple[Group, ...]:
    """Everything that a hub's form shows. `sent` is what the reader wrote already."""
    return (_servers(settings, sent), _homes(settings, sent), *_people(settings, sent), _words(settings, sent))


def _servers(settings: Settings, sent: Mapping[str, Any]) -> Group:
    memory, cores = settings.get("memory_limit"), settings.get("cpu_limit")
    sure = settings.get("memory_guarantee")
    return Group(
        id="servers",
        title=gettext("What servers run, and how big they are"),
        choices=tuple(choices(settings)),
        fields=(
            Field(
                name="image",
                label=gettext("Image"),
                now=str(settings.get("image") or gettext("what the hub's own environment holds")),
                value=_sent(sent, "image"),
                hint="quay.io/jupyter/scipy-notebook:2026-01-05",
            ),
            Field(
                name="memory",
                label=gettext("Memory of each server, at most"),
                now=_size(memory),
                value=_sent(sent, "memory"),
                hint="4G",
            ),
            Field(
                name="memory_guarantee",
                label=gettext("Memory of each server, surely"),
                now=words.limit(sure) if sure else gettext("nothing is set aside"),
                value=_sent(sent, "memory_guarantee"),
                hint="1G",
            ),
            Field(
                name="cpu",
                label=gettext("Cores of each server, at most"),
                now=formats.number_format(cores, 0 if cores == int(cores) else None) if cores else gettext("no limit"),
                value=_sent(sent, "cpu"),
                hint="2",
            ),
        ),
        paths=(("server", "image"), ("server", "memory", "limit"), ("server", "cpu", "limit")),
    )


def choices(settings: Settings) -> Iterator[Choice]:
    """The choices of the menu, and the answers to what a choice asks, each once."""
    seen: set[str] = set()
    for entry in settings.get("menu") or ():
        own = str(entry.get("id") or entry.get("title") or "")
        title = str(entry.get("title") or own)
        found = [(own, title, entry)]
        for question in (entry.get("ask") or {}).values():
            for name, answer in (question.get("choices") or {}).items():
                found.append((str(name), f"{title}: {answer.get('title') or name}", answer))
        for name, said, of in found:
            if name and name not in seen:
                seen.add(name)
                memory = of.get("memory") or {}
                yield Choice(name=name, title=said, now=_choice_now(of), memory=_spelled(memory.get("limit")))


def _choice_now(of: Mapping[str, Any]) -> str:
    memory, cores = (of.get("memory") or {}).get("limit"), (of.get("cpu") or {}).get("limit")
    said = [
        str(of["image"]) if of.get("image") else "",
        _size_of(memory),
        gettext("%(cores)s cores") % {"cores": cores} if cores else "",
    ]
    return ", ".join(part for part in said if part) or gettext("as for all servers")


def _size_of(value: Any) -> str:
    found = quantities.bytes_of(value)
    return str(value or "") if found is None else words.limit(found)


def _spelled(value: Any) -> str:
    return quantities.size_text(value) if isinstance(value, int) else str(value or "")


def _size(value: int | None) -> str:
    return words.limit(value) if value else gettext("no limit")


def _homes(settings: Settings, sent: Mapping[str, Any]) -> Group:
    return Group(
        id="homes",
        title=gettext("Homes"),
        fields=(
            Field(
                name="home_quota",
                label=gettext("Room for each home"),
                now=_size(settings.get("home_quota")),
                value=_sent(sent, "home_quota"),
                hint="10G",
            ),
        ),
        paths=(("storage", "home_quota"),),
    )


def _people(settings: Settings, sent: Mapping[str, Any]) -> Iterator[Group]:
    """Lists of people; a hub whose people sign in at the portal has its roles and its access page for that."""
    if settings.get("login") == desired.LoginKind.COMMONHUB:
        return
    yield Group(
        id="admins",
        title=gettext("Who administers"),
        fields=(_list("admins", gettext("Administrators in JupyterHub"), settings.get("admins"), sent),),
        paths=(("admins", "*"),),
    )
    options = settings.get("login_options") or {}
    titles = {
        "people": gettext("People who may sign in"),
        "organizations": gettext("Organisations whose people may sign in"),
        "login_domains": gettext("Mail domains whose people may sign in"),
    }
    known = {name: options.get("domains" if name == "login_domains" else name) for name in titles}
    fields = tuple(_list(name, titles[name], known[name], sent) for name in titles if known[name])
    if fields:
        yield Group(id="login", title=gettext("Who may sign in"), fields=fields, paths=(("login", "people", "*"),))


def _list(name: str, label: str, known: Any, sent: Mapping[str, Any]) -> Field:
    on_it = tuple(str(each) for each in known or () if isinstance(each, str))
    return Field(
        name=name,
        label=label,
        list_of=on_it,
        value=", ".join(sent.get(f"add_{name}") or ()),
        removed=tuple(sent.get(f"remove_{name}") or ()),
    )


def _words(settings: Settings, sent: Mapping[str, Any]) -> Group:
    labels = {
        "title": gettext("Title"),
        "description": gettext("In a sentence"),
        "interface": gettext("Page that a server opens with"),
    }
    return Group(
        id="words",
        title=gettext("What people read and open"),
        fields=tuple(
            Field(
                name=name,
                label=label,
                value=str(sent.get(name, settings.get(name) or "")),
                long=name == "description",
                hint="/lab" if name == "interface" else "",
            )
            for name, label in labels.items()
        ),
        paths=(("title",),),
    )


def _sent(sent: Mapping[str, Any], name: str) -> str:
    return str(sent.get(name) or "")


# ---- from the form ----


def of_hub(form: Mapping[str, str], removed: Mapping[str, list[str]], settings: Settings) -> dict[str, Any]:
    """The values that a hub's form means. `removed`: who is ticked to go, by list. Raises CommonhubError in words."""
    found: dict[str, Any] = {name: form[name] for name in ("image", "memory", "home_quota") if form.get(name)}
    if form.get("memory_guarantee"):
        # The verb takes both together, so what holds now is said again beside it.
        found["memory_guarantee"] = form["memory_guarantee"]
        found.setdefault("memory", _memory_now(settings, form.get("choice", "")))
    if form.get("cpu"):
        found["cpu"] = cores(form["cpu"])
    if form.get("choice") and {"image", "memory", "cpu"} & set(found):
        found["choice"] = form["choice"]
    for name in WORDS:
        if name in form and form[name] != str(settings.get(name) or "").strip():
            found[name] = form[name]
    for name in LISTS:
        if form.get(f"add_{name}"):
            found[f"add_{name}"] = spread(form[f"add_{name}"])
        if removed.get(name):
            found[f"remove_{name}"] = removed[name]
    return found


def _memory_now(settings: Settings, choice: str) -> str:
    limit = settings.get("memory_limit")
    known = {each.name: each.memory for each in choices(settings)}
    now = known.get(choice, "") if choice else (quantities.size_text(limit) if limit else "")
    if not now:
        raise errors.CommonhubError(
            gettext("It is not said how much memory a server has at most."), gettext("Write both sizes.")
        )
    return now


def cores(text: str) -> float:
    """A number of cores, as people write it. Raises CommonhubError where it is none."""
    found = quantities.cores_of(text.replace(",", "."))
    if found is None:
        raise errors.CommonhubError(
            gettext("%(text)s is no number of cores.") % {"text": text[:20]}, gettext("Write it as 2 or 0.5.")
        )
    return found


def spread(text: str) -> list[str]:
    """The words of a field, which people part by blanks, commas or lines."""
    return text.replace(",", " ").replace(";", " ").split()
