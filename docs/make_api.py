"""Write docs/api.md, the reference of `srgan`'s Python API, out of the docstrings.

    python docs/make_api.py

A test compares the page with the code, so that neither can be changed alone.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import srgan
import srgan.errors
import srgan.serving

__all__ = ["api_page"]

PAGE = Path(__file__).with_name("api.md")
_HEAD = """<!-- Made by docs/make_api.py. Change the docstrings, then run it again. -->
# The Python API

`import srgan` costs nothing: each of the names below is loaded when it is first used. None of them needs PyTorch.

```python
import srgan

large = srgan.upscale("examples/cat.png")  # the whole of it
```
"""
_ERRORS = """## Errors

All are in `srgan.errors`. Their messages name the file or the key and say what to do; the command line ends with their
exit codes.
"""
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields):")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def main() -> None:
    """Write the page."""
    PAGE.write_text(api_page(), encoding="utf-8")


def api_page() -> str:
    """The page: functions, classes with their public members, errors."""
    names = [name for name in srgan.__all__ if not name.startswith("_")]
    names.sort(key=lambda name: (inspect.isclass(getattr(srgan, name)), name))
    parts = [_HEAD]
    for name in names:
        parts += _described(f"srgan.{name}", getattr(srgan, name))
    for name in ("Served", "Job"):
        parts += _described(f"srgan.serving.{name}", getattr(srgan.serving, name))
    parts.append(_ERRORS)
    parts.append("| error | meaning |\n|---|---|")
    rows = [(name, getattr(srgan.errors, name)) for name in srgan.errors.__all__]
    parts[-1] += "".join(f"\n| `{name}` | {_first_paragraph(error)} |" for name, error in rows)
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _described(name: str, thing: Any) -> Iterator[str]:  # noqa: ANN401
    yield f"## {name}"
    if not inspect.isclass(thing):
        yield _signature(name, _definition(thing))
        yield _text(thing)
        return
    members = {node.name: node for node in _definition(thing).body if isinstance(node, _FUNCTION)}
    if "__init__" in members and thing is srgan.Client:
        yield _signature(name, members["__init__"])
    yield _text(thing)
    for member, node in members.items():
        if member.startswith("_"):
            continue
        shown = f"{name.rpartition('.')[2]}.{member}"
        if any(ast.unparse(mark) == "property" for mark in node.decorator_list):
            yield f"### {shown}\n\n{_markdown(ast.get_docstring(node) or '')}"
        else:
            yield f"### {shown}()"
            yield _signature(shown, node)
            yield _markdown(ast.get_docstring(node) or "")


def _definition(thing: Any) -> Any:  # noqa: ANN401
    """The syntax tree: what stands in the source, the same on every version of Python."""
    return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]


def _signature(name: str, node: Any) -> str:  # noqa: ANN401
    words = ["*"] if node.args.kwonlyargs and node.args.vararg is None else []
    positional = [*node.args.posonlyargs, *node.args.args]
    defaults = [None] * (len(positional) - len(node.args.defaults)) + node.args.defaults
    shown = [_argument(*pair) for pair in zip(positional, defaults, strict=True) if pair[0].arg != "self"]
    shown += words
    shown += [_argument(*pair) for pair in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]
    if node.args.kwarg is not None:
        shown.append("**" + _argument(node.args.kwarg, None))
    inside = "".join(f"    {argument},\n" for argument in shown)
    opening = f"{name}(\n{inside})" if inside else f"{name}()"
    return f"```py\n{opening}{'' if node.returns is None else f' -> {_type(node.returns)}'}\n```"


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    kind = "" if argument.annotation is None else f": {_type(argument.annotation)}"
    return f"{argument.arg}{kind}" + ("" if default is None else f" = {ast.unparse(default)}")


def _type(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)


def _text(thing: Any) -> str:  # noqa: ANN401
    return _markdown(inspect.getdoc(thing) or "")


def _first_paragraph(thing: Any) -> str:  # noqa: ANN401
    return " ".join(_markdown(inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _markdown(docstring: str) -> str:
    """Sections of Google's style become lists."""
    parts: list[str] = []
    section = ""
    for line in docstring.replace("``", "`").splitlines():
        found = _SECTION.fullmatch(line)
        if found:
            section = found[1]
            parts += [f"*{section}*", ""]
        elif section and section in ("Returns", "Yields"):
            parts.append(line.strip())
        elif section and re.match(r"    \S", line):
            name, colon, rest = line.strip().partition(": ")
            parts.append(f"- `{name}`: {rest}" if colon else f"- {name}")
        elif section:
            parts.append(f"  {line.strip()}".rstrip())
        else:
            parts.append(line)
    return "\n".join(parts)


if __name__ == "__main__":
    main()
