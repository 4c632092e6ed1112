"""Reads a page as a browser would, and sees to it that it is whole; has a browser show it."""

from __future__ import annotations

import subprocess
from html.parser import HTMLParser
from pathlib import Path


def browse(browser: str, page: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Have a browser open a page; what it logs comes on its standard error."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    plain = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
    logged = ("--enable-logging=stderr", "--v=0", f"--user-data-dir={folder / 'profile'}")
    return subprocess.run(  # noqa: S603 - a browser on a page of ours
        [browser, *plain, *logged, *options, file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )


def picture_of(browser: str, page: str, folder: Path, *, width: int, dark: bool = False) -> Path:
    """Return a picture of a page that was shown without an error."""
    picture = folder / "page.png"
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    done = browse(browser, page, folder, scheme, f"--window-size={width},1500", f"--screenshot={picture}")
    assert "CONSOLE" not in done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    return picture


class PageReader(HTMLParser):
    """Keeps the tags, and sees to it that each is closed where it must be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
