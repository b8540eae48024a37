"""The fleet's git history: who changed what, when and why.

A commit here takes exactly the paths it is given, as they stand in the working folder. What a person has
staged or edited elsewhere stays as it is. No hook is run and no other program is started.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import pygit2
from pygit2.enums import FileMode, FileStatus

from commonhub.fleet import opening, trees, writing
from commonhub.ground import errors

_BRANCH: Final = "main"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who makes a commit."""

    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit of the fleet."""

    id: str
    subject: str  # the first line of its reason
    body: str  # the rest
    author: str
    email: str
    when: datetime  # aware, in the author's own time zone


class FleetRepository:
    """The git repository in which a fleet folder stands: the folder itself, or a folder above it.

    Raises NotFoundError where there is no folder or no repository, CommonhubError where it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._repository = opening.open_repository(self.path)
        root = Path(self._repository.workdir).resolve()
        prefix = self.path.relative_to(root).as_posix()
        self._prefix = "" if prefix == "." else f"{prefix}/"
        self._seen: dict[str, tuple[tuple[str, str, bool], ...]] = {}  # tree id: (path, blob, whether a link)

    @classmethod
    def create(cls, path: Path, *, who: Person, why: str) -> "FleetRepository":
        """Make a repository of the folder with all of its fleet's files as a commit, unless it has them already.

        A repository above the folder serves when its newest commit holds this fleet; otherwise it is somebody's other
        work, and the folder becomes a repository of its own.
        """
        if not path.is_dir():
            raise errors.NotFoundError(f"There is no folder {path}.", "Make the folder first.")
        found = cls(path) if pygit2.discover_repository(str(path)) is not None else None
        if found is None or (found._prefix and not found._holds_fleet()):  # noqa: SLF001 - its own class
            with opening.in_words(path):
                pygit2.init_repository(str(path), initial_head=_BRANCH)
            found = cls(path)
        if not found._holds_fleet():
            found.commit(found._all_files(), who=who, why=why)
        return found

    def head(self) -> Commit:
        """The newest commit. Raises NotFoundError when there is none yet."""
        tip = self._tip()
        if tip is None:
            raise errors.NotFoundError(
                f"The git repository of {self.path} has no commit yet.", "Commit fleet.yaml and the communities."
            )
        return _commit(tip)

    def commit_named(self, name: str) -> Commit:
        """A commit by its id, the beginning of its id, a branch or a tag."""
        return _commit(self._peel(name))

    def descends(self, commit: str, base: str) -> bool:
        """Whether a commit has another, named by its whole id, in its history, or is it."""
        if commit == base:
            return True
        try:
            return bool(self._repository.descendant_of(commit, base))
        except (KeyError, ValueError, pygit2.GitError):
            return False  # the other one is not even there any more

    def log(self, path: str | None = None, limit: int = 50, *, start: str = "") -> tuple[Commit, ...]:
        """The newest commits first; with `path`, those that changed this file or folder; with `start`, from that one on."""
        tip = self._peel(start) if start else self._tip()
        if tip is None:
            return ()
        found: list[Commit] = []
        for commit in self._repository.walk(tip.id):
            if len(found) >= limit:
                break
            if path is None or self._changed(commit, self._prefix + path):
                found.append(_commit(commit))
        return tuple(found)

    def changed(self, commit: str) -> frozenset[str]:
        """The fleet's files that a commit changed; of a merge, those that it has as none of its parents has them."""
        peeled = self._peel(commit)
        found = [peeled.tree.diff_to_tree(parent.tree) for parent in peeled.parents] or [peeled.tree.diff_to_tree()]
        paths = [{side.path for delta in diff.deltas for side in (delta.old_file, delta.new_file)} for diff in found]
        below = len(self._prefix)
        return frozenset(path[below:] for path in set.intersection(*paths) if path.startswith(self._prefix))

    def tree(self, commit: str) -> trees.Tree:
        """The fleet's files as this commit has them."""
        peeled = self._peel(commit)
        top: pygit2.Tree | None = peeled.tree
        if self._prefix:
            below = _below(peeled.tree, self._prefix.rstrip("/"))
            top = below if isinstance(below, pygit2.Tree) else None
        entries: list[trees.Entry] = []
        faults: list[errors.Fault] = []
        for path, blob, link in self._files(top) if top is not None else ():
            target = self._linked(top, path, blob) if link and top is not None else blob
            if isinstance(target, errors.Fault):
                faults.append(target)
                continue
            entries.append(trees.Entry(path=path, blob=target, load=lambda blob=target: self._bytes(blob)))  # type: ignore[misc]
        return trees.Tree(entries=tuple(entries), faults=tuple(faults), revision=str(peeled.id))

    def working_tree(self) -> trees.Tree:
        """The fleet's files as they stand in the folder now, committed or not."""
        return trees.folder(self.path)

    def uncommitted(self) -> tuple[str, ...]:
        """The fleet's files that differ from the newest commit."""
        with opening.in_words(self.path):
            status = self._repository.status(untracked_files="all")
        quiet = {FileStatus.CURRENT, FileStatus.IGNORED}
        inside = (path for path, flags in status.items() if flags not in quiet and path.startswith(self._prefix))
        return tuple(sorted(path for path in (each[len(self._prefix) :] for each in inside) if trees.is_read(path)))

    def is_dirty(self) -> bool:
        """Whether somebody has edited the fleet's files since the newest commit."""
        return bool(self.uncommitted())

    def commit(self, paths: Iterable[str], *, who: Person, why: str) -> Commit:
        """Commit these paths as they stand in the folder (a path that is gone is removed); nothing else.

        Raises UnavailableError when another program holds the repository, CommonhubError when HEAD is detached.
        """
        paths = sorted(set(paths))
        if not why.strip():
            raise errors.CommonhubError("The commit has no reason.", "Say in a sentence why the change is made.")
        self._check_free()
        with opening.in_words(self.path), opening.owned(self.path, self._repository):
            tip = self._tip()
            index = pygit2.Index()
            if tip is not None:
                index.read_tree(tip.tree)
            for path in paths:
                self._take(index, path)
            tree = index.write_tree(self._repository)
            if tip is not None and tree == tip.tree.id:
                raise errors.CommonhubError("There is nothing to commit.", "Change a file first.")
            author = pygit2.Signature(_clean(who.name), _clean(who.email))
            parents = [] if tip is None else [tip.id]
            made = self._repository.create_commit("HEAD", author, author, why.strip() + "\n", tree, parents)
            self._refresh(paths)
        return self.commit_named(str(made))

    def change(self, files: Mapping[str, str | None], *, who: Person, why: str, base: str | None = None) -> Commit:
        """Write these files (None removes one) and commit them.

        Refuses, before it writes anything, when one of the files has edits that nobody committed, or when it is no
        longer as the commit `base` has it: so nobody's work is lost.
        """
        edited = sorted(set(files) & set(self.uncommitted()))
        if edited:
            raise errors.RefusedError(
                f"{', '.join(edited)} has edits in the folder that are not committed.", "Commit or undo them first."
            )
        tip = self._tip()
        if base is not None and tip is not None and str(tip.id) != base:
            moved = sorted(path for path in files if self._blob_at(tip, path) != self._blob_at(self._peel(base), path))
            if moved:
                raise errors.RefusedError(
                    f"{', '.join(moved)} was changed by somebody else meanwhile.",
                    "Look at the new version and try again.",
                )
        self._check_free()
        places = {self._inside(path): text for path, text in files.items()}
        with opening.owned(self.path, self._repository):
            for place, text in places.items():
                if text is None:
                    place.unlink(missing_ok=True)
                else:
                    writing.write(place, text)
        return self.commit(files, who=who, why=why)

    def _holds_fleet(self) -> bool:
        tip = self._tip()
        return tip is not None and _below(tip.tree, f"{self._prefix}fleet.yaml") is not None

    def _tip(self) -> pygit2.Commit | None:
        with opening.in_words(self.path):
            return None if self._repository.head_is_unborn else self._repository.head.peel(pygit2.Commit)

    def _peel(self, name: str) -> pygit2.Commit:
        try:
            found = self._repository.revparse_single(name)
            return found.peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError):
            raise errors.NotFoundError(f"The fleet has no commit {name!r}.", "Look at its log.") from None

    def _files(self, top: pygit2.Tree) -> Iterator[tuple[str, str, bool]]:
        for child in top:
            if child.name in trees.TOP and not isinstance(child, pygit2.Tree):
                yield str(child.name), str(child.id), child.filemode == FileMode.LINK
            elif child.name == "communities" and isinstance(child, pygit2.Tree):
                yield from self._below_tree(child, "communities")

    def _below_tree(self, tree: pygit2.Tree, above: str) -> tuple[tuple[str, str, bool], ...]:
        """The files below a tree; trees of equal id have equal files, so each is listed once in a lifetime."""
        key = f"{above}@{tree.id}"
        if key not in self._seen:
            found: list[tuple[str, str, bool]] = []
            for child in tree:
                path = f"{above}/{child.name}"
                if isinstance(child, pygit2.Tree):
                    found.extend(self._below_tree(child, path))
                elif child.filemode == FileMode.LINK or (child.filemode != FileMode.COMMIT and trees.is_read(path)):
                    found.append((path, str(child.id), child.filemode == FileMode.LINK))
            self._seen[key] = tuple(found)
        return self._seen[key]

    def _linked(self, top: pygit2.Tree, path: str, blob: str) -> str | errors.Fault:
        target = self._bytes(blob).decode(errors="replace")
        if trees.leaves(path, target):
            return trees.link_fault(path, leaves=True)
        found = _below(top, trees.joined(path, target))
        if isinstance(found, pygit2.Blob) and found.filemode != FileMode.LINK:
            return str(found.id)
        return trees.link_fault(path, leaves=False)

    def _bytes(self, blob: str) -> bytes:
        with opening.in_words(self.path):
            try:
                found = self._repository[blob]
            except KeyError as error:
                raise errors.CommonhubError(
                    f"The git repository of {self.path} is damaged: it lacks {blob}.", "Fetch it again from a copy."
                ) from error
        return found.data if isinstance(found, pygit2.Blob) else b""

    def _blob_at(self, commit: pygit2.Commit, path: str) -> str | None:
        found = _below(commit.tree, self._prefix + path)
        return str(found.id) if found is not None else None

    def _changed(self, commit: pygit2.Commit, path: str) -> bool:
        here = _below(commit.tree, path)
        befores = [_below(parent.tree, path) for parent in commit.parents] or [None]
        ids = [one.id if one is not None else None for one in befores]
        return (here.id if here is not None else None) not in ids

    def _inside(self, path: str) -> Path:
        """The place of a fleet's file. Refused where it would lie outside, also through a link, or in git's own folder."""
        full = self.path / path
        if not full.resolve().is_relative_to(self.path) or ".git" in Path(path).parts:
            raise errors.RefusedError(f"{path} is not inside the fleet folder.", "Name a file of the fleet.")
        return full

    def _take(self, index: pygit2.Index, path: str) -> None:
        inside = self._prefix + path
        full = self._inside(path)
        if full.is_file():
            index.add(pygit2.IndexEntry(inside, self._repository.create_blob(full.read_bytes()), FileMode.BLOB))
        elif inside in index:
            index.remove(inside)

    def _refresh(self, paths: Iterable[str]) -> None:
        """Tell the real index that these paths are committed; what else is staged in it stays staged."""
        index = self._repository.index
        index.read()
        for path in paths:
            if (self.path / path).is_file():
                index.add(self._prefix + path)
            elif self._prefix + path in index:
                index.remove(self._prefix + path)
        index.write()

    def _check_free(self) -> None:
        if not self._repository.head_is_unborn and self._repository.head_is_detached:
            raise errors.CommonhubError(
                f"The git repository of {self.path} is on no branch (its HEAD is detached).",
                "Check out a branch first.",
            )
        if Path(self._repository.path, "index.lock").exists():
            raise errors.UnavailableError(
                opening.BUSY, "Try again; if no git runs there, delete index.lock in its .git folder."
            )

    def _all_files(self) -> list[str]:
        found = [entry.path for entry in trees.folder(self.path).entries]
        others = [".gitignore", "README.md"]
        schemas = sorted(path.relative_to(self.path).as_posix() for path in self.path.glob(".schemas/*.json"))
        return [*found, *schemas, *(name for name in others if (self.path / name).is_file())]


def _below(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
    try:
        return tree / path if "/" not in path else tree[path]
    except (KeyError, ValueError, pygit2.GitError):
        return None


def _commit(commit: pygit2.Commit) -> Commit:
    subject, _, body = commit.message.strip().partition("\n")
    zone = timezone(timedelta(minutes=commit.author.offset)) if commit.author.offset else UTC
    return Commit(
        id=str(commit.id),
        subject=subject.strip(),
        body=body.strip(),
        author=commit.author.name,
        email=commit.author.email,
        when=datetime.fromtimestamp(commit.author.time, tz=zone),
    )


def _clean(word: str) -> str:
    """What git allows in the name of a person."""
    return " ".join("".join(" " if c in "<>\n\r\0" else c for c in word).split()) or "unknown"


def person_here(*, fallback: str) -> Person:
    """Who commits on this machine: `user.name` and `user.email` of git's own configuration, else the fallback name."""
    known: Mapping[str, str] = {}
    with contextlib.suppress(OSError):
        config = pygit2.Config.get_global_config()
        known = {word: str(config[word]) for word in ("user.name", "user.email") if word in config}
    name = known.get("user.name", fallback)
    email = known.get("user.email", f"{fallback}@localhost")
    return Person(name=name, email=email)
