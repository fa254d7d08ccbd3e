"""Merge the entries of layers into one tree of folders, files and links, as container runtimes do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from model_registry.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_LINKS = 40
_MOST_DEPTH = 2048
_MOST_FILES = 150_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a layer.

    Attributes:
        layer: Number of the layer.
        offset: Offset of its first byte in the unpacked archive.
        size: Size in bytes.
        digest: `sha256:…`.
        compressed: Whether the bytes of the layer are compressed, whatever its media type says.
    """

    layer: int
    offset: int
    size: int
    digest: str
    compressed: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link.

    Attributes:
        target: The path that it names.
    """

    target: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """An entry that is no file of a model. It matters only if it is listed.

    Attributes:
        reason: The text of the error.
    """

    reason: str


@dataclass(eq=False, slots=True)
class Folder:
    """A folder.

    Attributes:
        entries: What it contains, by name.
    """

    entries: dict[str, Node] = field(default_factory=dict[str, "Node"])


Node: TypeAlias = "Folder | Member | Link | Unusable"
Place: TypeAlias = "list[tuple[str, Folder]]"
"""A folder with the folders above it. The first one is the root."""


@dataclass(frozen=True)
class _Visit:
    """A folder to list, and the way to it.

    Attributes:
        names: The names on the way, which may be those of links.
        place: The folder.
        passed: The folders on the way.
        again: Whether the way came back to one of its folders, which is where `passed` begins.
    """

    names: list[str]
    place: Place
    passed: tuple[Folder, ...]
    again: bool = False

    def enter(self, name: str, place: Place) -> list[_Visit]:
        """Return the visit of a folder in this one; none if it would go round a second time."""
        names, folder = [*self.names, name], place[-1][1]
        if folder not in self.passed:
            return [_Visit(names, place, (*self.passed, folder), self.again)]
        return [] if self.again else [_Visit(names, place, (folder,), again=True)]


class LayerTree:
    """The tree of an image. Paths are lists of names, without `.` and `..`."""

    def __init__(self) -> None:
        self._root = Folder()

    def add(self, path: Sequence[str], node: Node) -> None:
        """Add an entry. It replaces what has the same path, except that a folder adds to a folder."""
        if not path:
            return
        place = self._enter(path[:-1], create=True)
        if place is None or len(place) > _MOST_DEPTH:
            raise StorageError(f"The image has a folder that cannot be created: {'/'.join(path)[:80]!r}.")
        entries = place[-1][1].entries
        if not (isinstance(node, Folder) and isinstance(entries.get(path[-1]), Folder)):
            entries[path[-1]] = node

    def find(self, path: Sequence[str]) -> Node | None:
        """Return the entry at a path; a link at its end is not followed."""
        place = self._enter(path[:-1]) if path else None
        return place[-1][1].entries.get(path[-1]) if place else None

    def remove(self, path: Sequence[str]) -> None:
        """Remove an entry with all that it contains, if it exists."""
        place = self._enter(path[:-1]) if path else None
        if place:
            place[-1][1].entries.pop(path[-1], None)

    def clear(self, path: Sequence[str]) -> None:
        """Remove all that a folder contains, if it exists."""
        place = self._enter(path)
        if place:
            place[-1][1].entries.clear()

    def files(self, path: Sequence[str]) -> Iterator[tuple[str, Member]]:
        """Return the files below a folder with their paths. Links to its files and folders are followed.

        A link to a folder that contains the link gives the content of the folder once more, and not again
        inside of it.

        Raises:
            StorageError: A link leads out of the folder, or an entry is not a file.
        """
        top = self._enter(path)
        if top is None:
            return
        found = 0
        waiting = [_Visit([], top, (top[-1][1],))]
        while waiting:
            visit = waiting.pop()
            for name, node in visit.place[-1][1].entries.items():
                below = [*visit.names, name]
                seen = self._follow(below, visit.place, name, node, top)
                found += 1
                if found > _MOST_FILES or len(below) > _MOST_DEPTH:
                    raise StorageError(f"The image has more than {_MOST_FILES:,} files or folders, by links.")
                if isinstance(seen, Member):
                    yield "/".join(below), seen
                else:
                    waiting += visit.enter(name, seen)

    def _follow(self, path: list[str], place: Place, name: str, node: Node, top: Place) -> Member | Place:
        """Return the file of an entry, or its folder."""
        if isinstance(node, Unusable):
            raise StorageError(node.reason)
        if isinstance(node, Member):
            return node
        if isinstance(node, Folder):
            return [*place, (name, node)]
        found = self._resolve(place, node)
        above = found[0] if found else []
        inside = len(above) >= len(top) and above[len(top) - 1][1] is top[-1][1]
        if found and inside:
            if isinstance(found[1], Member):
                return found[1]
            return above
        raise StorageError(
            f"{'/'.join(path)!r} in the image is a symbolic link to {node.target!r}, "
            "which is not a file or folder of the model."
        )

    def _resolve(self, place: Place, link: Link) -> tuple[Place, Member | None] | None:
        """Return the folder that a link leads to; the folder above and the file, if it is a file."""
        start = self._start(place, link.target)
        names = link.target.split("/")
        for count in range(_MOST_LINKS):
            above = self._enter(names[:-1], start, links=count)
            if above is None:
                return None
            last = above[-1][1].entries.get(names[-1])
            if isinstance(last, Member):
                return above, last
            if not isinstance(last, Link):
                folder = self._enter(names[-1:], above)
                return None if folder is None else (folder, None)
            start, names = self._start(above, last.target), last.target.split("/")
        return None

    def _start(self, place: Place, target: str) -> Place:
        return [("", self._root)] if target.startswith("/") else place

    def _enter(
        self, path: Sequence[str], start: Place | None = None, *, create: bool = False, links: int = 0
    ) -> Place | None:
        """Return a folder, following links, which cannot leave the root; `None` if it does not exist."""
        place = list(start or [("", self._root)])
        names = list(reversed(path))
        while names:
            name = names.pop()
            if name in ("", "."):
                continue
            if name == "..":
                place = place[:-1] or place
                continue
            node = place[-1][1].entries.get(name)
            if isinstance(node, Link):
                links += 1
                if links > _MOST_LINKS:
                    return None
                place = list(self._start(place, node.target))
                names += reversed(node.target.split("/"))
                continue
            if not isinstance(node, Folder):
                if not create:
                    return None
                node = place[-1][1].entries[name] = Folder()
            place.append((name, node))
        return place
