"""Write down the public contract, name by name: `docs/plugins/contract.txt`.

    python docs/contract.py

The file is what a plugin may rely on. A test compares it with the code, and asks
that `CHANGELOG.md` names its digest: so no change of the contract goes unnoticed.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import drugexp.contract
from drugexp.contract import hooks

HERE = Path(__file__).parent / "plugins" / "contract.txt"


class _Plain(str):
    """An annotation that is shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def signature(name: str, function: Any) -> str:
    """Return ``def name(...) -> ...`` as it is written, annotations without quotes."""
    found = inspect.signature(function)
    parameters = [
        p if p.annotation is p.empty else p.replace(annotation=_Plain(p.annotation)) for p in found.parameters.values()
    ]
    returns = found.return_annotation
    told = found.replace(
        parameters=parameters, return_annotation=returns if returns is found.empty else _Plain(returns)
    )
    return f"def {name}{told}"


def members(cls: type) -> Iterator[str]:
    """Yield the fields, properties and methods that a class declares for others, each on a line."""
    fields = {f.name: f for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
    if issubclass(cls, enum.Enum):
        yield from (f"{member.name} = {member.value!r}" for member in cls)
        return
    for name, annotation in vars(cls).get("__annotations__", {}).items():
        if name.startswith("_"):
            continue
        told = fields.get(name)
        has_default = told is not None and (
            told.default is not dataclasses.MISSING or told.default_factory is not dataclasses.MISSING
        )
        yield f"{name}: {annotation}" + (" = ..." if has_default else "")
    for name, value in vars(cls).items():
        if name not in fields and (name == "__call__" or not name.startswith("_")):
            if isinstance(value, property):
                yield f"{name} (read only)" + signature("", value.fget).removeprefix("def (self)")
            elif isinstance(value, classmethod | staticmethod):
                yield signature(name, value.__func__)
            elif inspect.isfunction(value):
                yield signature(name, value)


def describe(name: str, value: Any) -> str:
    """Return the lines that one public name gives."""
    if inspect.isclass(value):
        return "\n".join([f"class {name}", *(f"    {line}" for line in members(value))])
    if inspect.isfunction(value):
        return signature(name, value)
    return f"{name} = {value!r}" if isinstance(value, int | str) else f"{name}: {type(value).__name__}"


def public() -> dict[str, Any]:
    """Return every name a plugin may import from the contract, and the hooks."""
    names = {name: getattr(drugexp.contract, name) for name in drugexp.contract.__all__}
    more = {"Declaration": hooks.Declaration, "Register": hooks.Register}
    return dict(sorted((names | more | {hook: getattr(hooks, hook) for hook in hooks.HOOKS}).items()))


def contract_text() -> str:
    """Return the whole contract."""
    return "\n\n".join(describe(name, value) for name, value in public().items()) + "\n"


def digest(text: str) -> str:
    """Return the eight characters by which the changelog names a contract."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


if __name__ == "__main__":
    text = contract_text()
    HERE.parent.mkdir(exist_ok=True)
    HERE.write_text(text, encoding="utf-8")
    print(digest(text))  # noqa: T201 - what the changelog must name
