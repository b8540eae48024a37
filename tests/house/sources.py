"""Reads the house as text and as syntax trees. `python tests/house/sources.py` prints its measures."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "commonhub"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of the source, read and parsed."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """The path below src, for messages."""
        return str(self.path.relative_to(ROOT / "src")) if self.path.is_relative_to(ROOT) else str(self.path)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[Function]:
        """Every function and method, inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node


def parse(text: str, path: Path = Path("planted.py")) -> Module:
    """A module from text."""
    return Module(path, text, ast.parse(text))


def modules() -> list[Module]:
    """All modules of the source; migrations are written by Django and left out."""
    paths = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
    return [parse(path.read_text(encoding="utf-8"), path) for path in paths]


def function_lines(function: Function) -> int:
    """Lines from `def` to the last one, decorators and docstring counted in."""
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return (function.end_lineno or first) - first + 1


def lazy_imports(module: Module) -> list[str]:
    """Imports that run later than the module's own import: those inside functions."""
    return [
        f"{module.place}:{node.lineno}"
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def type_only_imports(module: Module) -> list[str]:
    """Uses of TYPE_CHECKING, by name or as an attribute."""
    return [
        f"{module.place}:{node.lineno}"
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Name) and node.id == "TYPE_CHECKING")
        or (isinstance(node, ast.Attribute) and node.attr == "TYPE_CHECKING")
    ]


def asserts(module: Module) -> list[str]:
    """Assert statements: `python -O` takes them away, so the source raises instead."""
    return [f"{module.place}:{node.lineno}" for node in ast.walk(module.tree) if isinstance(node, ast.Assert)]


def project_files() -> list[Path]:
    """The files that are in the repository or would be by the next commit; an empty list outside a checkout."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def measures() -> dict[str, float]:
    """The sizes that this house watches."""
    house = modules()
    lengths = [function_lines(function) for module in house for function in module.functions()]
    return {
        "modules": len(house),
        "lines": sum(module.lines for module in house),
        "median lines of a module": median(module.lines for module in house),
        "longest module": max(module.lines for module in house),
        "median lines of a function": median(lengths),
        "longest function": max(lengths),
    }


if __name__ == "__main__":
    for name, value in measures().items():
        print(f"{value:>10,.0f}  {name}")
