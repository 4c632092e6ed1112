"""Files as they come damaged, and the law that every reader is held to.

``DRUGEXP_FUZZ=2000`` tries that many damages of each kind, other ones on each
run, instead of the same few.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from drugexp.errors import DrugexpError

_DEEP = os.environ.get("DRUGEXP_FUZZ")
SECONDS = 5
"""No small file may take more time of the processor."""


def tries(share: float = 1.0) -> settings:
    """Return how many examples a test draws: a share of 50, or of what ``DRUGEXP_FUZZ`` says."""
    return settings(
        max_examples=max(1, int(int(_DEEP or 50) * share)),
        derandomize=_DEEP is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


PIECES: tuple[bytes, ...] = (
    *(b"\0", b"\t", b",", b";", b"\n", b"\r", b'"', b"'", b"\\", b" ", b"-", b"=", b"{", b"}", b"[", b"]", b"\xff"),
    *(b"NaN", b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"1_0", b"-666", b"1,5", b"0x10", b"None", b"true"),
    *(b"999999999", b"9" * 30, b"9" * 5000, b"[" * 3000, b'{"a":' * 3000, b"x" * 20_000, b"\t" * 5000),
    *("é".encode("latin-1"), "Ω".encode(), "\u202e".encode(), "\u0665".encode(), "\x1f\x85\u2028".encode()),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"#1.3\n", b"$$$$\n"),
)
"""What stands where it should not."""


@st.composite
def damaged(draw: st.DrawFn, contents: Sequence[bytes]) -> bytes:
    """Draw one of some whole files with one to four faults in it."""
    content = draw(st.sampled_from(list(contents)))
    for _ in range(draw(st.integers(1, 4))):
        content = draw(st.sampled_from(_FAULTS))(draw, content)
    return content


def _place(draw: st.DrawFn, content: bytes) -> int:
    return draw(st.integers(0, max(0, len(content) - 1)))


def _flip(draw: st.DrawFn, content: bytes) -> bytes:
    at = _place(draw, content)
    return content[:at] + draw(st.binary(min_size=1, max_size=1)) + content[at + 1 :]


def _insert(draw: st.DrawFn, content: bytes) -> bytes:
    at = _place(draw, content)
    return content[:at] + draw(st.sampled_from(PIECES)) + content[at:]


def _remove(draw: st.DrawFn, content: bytes) -> bytes:
    at = _place(draw, content)
    return content[:at] + content[at + draw(st.integers(1, 20)) :]


def _cut(draw: st.DrawFn, content: bytes) -> bytes:
    return content[: _place(draw, content)]


def _lines(draw: st.DrawFn, content: bytes) -> bytes:
    """Repeat, drop or exchange lines."""
    lines = content.split(b"\n")
    order = draw(st.lists(st.integers(0, len(lines) - 1), max_size=len(lines) + 2))
    return b"\n".join(lines[i] for i in order)


def _field(draw: st.DrawFn, content: bytes) -> bytes:
    """Put something else in the place of one field of one line."""
    lines = content.split(b"\n")
    at = draw(st.integers(0, len(lines) - 1))
    for delimiter in (b"\t", b",", b" "):
        fields = lines[at].split(delimiter)
        if len(fields) > 1:
            fields[draw(st.integers(0, len(fields) - 1))] = draw(st.sampled_from(PIECES))
            lines[at] = delimiter.join(fields)
            break
    return b"\n".join(lines)


_FAULTS = (_flip, _insert, _remove, _cut, _lines, _field)


def keep_the_law(read: Callable[[Path], object], path: Path, content: bytes) -> str | None:
    """Hold a reader to its promise: a value in good time, or a sentence of ours that names the file.

    Returns
    -------
    str or None
        The sentence; None where a value came.
    """
    path.write_bytes(content)
    return sentence_of(lambda: read(path), path)


def sentence_of(read: Callable[[], object], path: Path | None) -> str | None:
    """Return the sentence with which a file is refused, None where it is read; see `keep_the_law`.

    Of several files (no `path`) any may be named.
    """
    try:
        with _in_time():
            read()
    except DrugexpError as error:
        sentence = str(error)
        assert path is None or path.name in sentence, sentence
        assert len(sentence) < 2000, "nobody reads a sentence of this length"
        return sentence
    return None


@contextmanager
def _in_time() -> Iterator[None]:
    def late(*_: object) -> None:
        raise AssertionError(f"the reader takes longer than {SECONDS} s")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
