"""Sizes, names and habits of the source, each with a planted fault that the check must see."""

import ast
import re
from collections.abc import Callable

import pytest

from house import sources

MODULE_WALL = 500  # lines; the aim is 200
FUNCTION_WALL = 60  # lines; the aim is 25
MODULE_AIM = 200
FUNCTION_AIM = 25
EMPTY_NAMES = frozenset(
    {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "base", "service", "services"}
)
DJANGO_FOLDERS = frozenset({"management", "commands", "templatetags"})  # their names and places are Django's
PARAGRAPH = 60  # characters: shorter is a label, not what a package is and never does

HABITS = {
    "lazy import": (sources.lazy_imports, "def f():\n    import os\n    return os\n"),
    "TYPE_CHECKING": (sources.type_only_imports, "import typing\nif typing.TYPE_CHECKING:\n    pass\n"),
    "assert": (sources.asserts, "def f(x):\n    assert x\n"),
}


def too_long(module: sources.Module) -> list[str]:
    faults = [f"{module.place}: {module.lines} lines"] if module.lines > MODULE_WALL else []
    for function in module.functions():
        length = sources.function_lines(function)
        if length > FUNCTION_WALL:
            faults.append(f"{module.place}:{function.lineno} {function.name}: {length} lines")
    return faults


def empty_words(name: str) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", name.lower())) & EMPTY_NAMES


def test_no_module_and_no_function_is_past_its_wall():
    assert [fault for module in sources.modules() for fault in too_long(module)] == []


def test_a_module_and_a_function_past_the_wall_are_seen():
    body = "    x = 1\n" * (FUNCTION_WALL + 1)
    assert too_long(sources.parse(f"@decorator\ndef long_one():\n{body}"))
    assert too_long(sources.parse("x = 1\n" * (MODULE_WALL + 1)))
    assert not too_long(sources.parse("x = 1\n" * MODULE_WALL))


def test_the_middle_of_the_house_is_small(record_testsuite_property):
    measures = sources.measures()
    for name, value in measures.items():
        record_testsuite_property(name, value)
    assert measures["median lines of a module"] <= MODULE_AIM, measures
    assert measures["median lines of a function"] <= FUNCTION_AIM, measures


def test_every_name_says_what_it_holds():
    names = {
        path.stem if path.is_file() else path.name: path
        for path in sources.PACKAGE.rglob("*")
        if "__pycache__" not in path.parts
    }
    assert {name: str(path) for name, path in names.items() if empty_words(name)} == {}


def test_an_empty_name_is_seen_inside_a_longer_one():
    assert empty_words("hub_utils") == {"utils"}
    assert empty_words("commonhub") == set()


@pytest.mark.parametrize("habit", HABITS)
def test_the_source_is_free_of(habit: str):
    find, _ = HABITS[habit]
    assert [place for module in sources.modules() for place in find(module)] == []


@pytest.mark.parametrize("habit", HABITS)
def test_a_planted_fault_is_seen(habit: str):
    find: Callable[[sources.Module], list[str]] = HABITS[habit][0]
    assert find(sources.parse(HABITS[habit][1]))


def test_every_package_begins_with_a_paragraph():
    faces = [module for module in sources.modules() if module.path.name == "__init__.py"]
    faces = [face for face in faces if face.path.parent.name not in DJANGO_FOLDERS]
    short = [face.place for face in faces if len(ast.get_docstring(face.tree) or "") < PARAGRAPH]
    assert short == []


def test_every_module_says_what_it_is():
    assert [module.place for module in sources.modules() if not ast.get_docstring(module.tree)] == []
