"""Where a file of a data set can be had: the sources a manifest lists for it."""

from __future__ import annotations

import re
from pathlib import PurePath, PurePosixPath
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

# A name and one exact version: no option of pip, no address and no range can stand here.
_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.+!_-]*")


def inside(path: str) -> str:
    """Return a path with forward slashes that cannot lead out of the folder it is put below.

    Raises
    ------
    ValueError
        If it is empty or absolute, or holds ``..``, a drive or a backslash.
    """
    parts = PurePosixPath(path).parts
    if not parts or "\\" in path or ":" in path or path.startswith("/") or ".." in parts:
        raise ValueError(f"{path!r} is not a plain path inside the data folder")
    return path


def web_address(url: str) -> str:
    """Return an address of the web.

    Raises
    ------
    ValueError
        If it is not http or https, or names no server.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in url):
        raise ValueError(f"{url!r} is no address that starts with http:// or https://")
    return url


class Source(BaseModel):
    """One place that has a file, and where in it the file stands.

    Exactly one of `url`, `path` and `package` is given.

    Attributes
    ----------
    url
        An http or https address.
    path
        An absolute path on this machine, such as a shared disk.
    package
        A package of the Python index with its version, ``name==1.0``; its wheel is read, never installed.
    member
        The file's name inside the zip or tar archive (a wheel is a zip) that the place holds; empty: the
        place holds the file itself.
    gunzip
        The place holds the file packed with gzip; it is unpacked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = ""
    path: str = ""
    package: str = ""
    member: str = ""
    gunzip: bool = False

    @field_validator("url")
    @classmethod
    def _url_is_of_the_web(cls, url: str) -> str:
        return web_address(url)

    @field_validator("path")
    @classmethod
    def _path_is_absolute(cls, path: str) -> str:
        if not PurePath(path).is_absolute():
            raise ValueError(f"{path!r} is not an absolute path")
        return path

    @field_validator("package")
    @classmethod
    def _package_is_pinned(cls, package: str) -> str:
        if not _PINNED.fullmatch(package):
            raise ValueError(f"{package!r} is not a package with its version, such as name==1.0")
        return package

    @field_validator("member")
    @classmethod
    def _member_is_inside(cls, member: str) -> str:
        return inside(member)

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if sum(bool(place) for place in (self.url, self.path, self.package)) != 1:
            raise ValueError("a source has one of url, path and package")
        if self.package and not self.member:
            raise ValueError(f"the source in {self.package!r} names no member of its wheel")
        if self.member and self.gunzip:
            raise ValueError("a source has a member or gunzip, not both")
        return self

    @property
    def place(self) -> str:
        """The address, path or package."""
        return self.url or self.path or self.package

    @property
    def packed(self) -> bool:
        """Whether the place holds an archive out of which the file is taken."""
        return bool(self.member or self.gunzip)

    def __str__(self) -> str:
        return f"{self.member} of {self.place}" if self.member else self.place
