"""Rules of the house: every promise in words, every import downward, nothing printed."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import helpers

SOURCE = Path(helpers.__file__).parent
MODULES = sorted(
    ["helpers", *(item.name for item in pkgutil.walk_packages(helpers.__path__, "helpers."))]
)
PATHS = sorted(SOURCE.rglob("*.py"))


def name_of(path):
    """The name by which a file of the package is imported."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def public(module):
    """Public functions and classes that a module defines itself."""
    return {
        name: item
        for name, item in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(item) or inspect.isclass(item))
        and item.__module__ == module.__name__
    }


def methods(owner):
    """Public functions and properties that a class defines itself."""
    for name, item in vars(owner).items():
        found = getattr(item, "func", item)  # a cached property holds its function
        found = found.fget if isinstance(found, property) else found
        found = getattr(found, "__func__", found)
        if not name.startswith("_") and inspect.isfunction(found):
            yield name, found


def callables():
    """Every public function and method of the package by its full name."""
    for module_name in MODULES:
        for name, item in public(importlib.import_module(module_name)).items():
            if inspect.isfunction(item):
                yield f"{module_name}.{name}", item
            else:
                for method, function in methods(item):
                    yield f"{module_name}.{name}.{method}", function


CALLABLES = dict(callables())
CLASSES = {
    f"{module}.{name}": item
    for module in MODULES
    for name, item in public(importlib.import_module(module)).items()
    if inspect.isclass(item)
}


def parameters(function):
    """Names of the parameters of a function but for the object itself."""
    return [name for name in inspect.signature(function).parameters if name not in {"self", "cls"}]


# ---- Words --------------------------------------------------------------------------------------


def test_there_is_something_to_check():
    assert len(MODULES) > 30
    assert len(CALLABLES) > 100
    assert {name_of(path) for path in PATHS} == set(MODULES)


modules = pytest.mark.parametrize("name", MODULES)
SECTION = re.compile(r"^Parameters\n-{10}\n(.*?)(?=^\w[\w ]*\n-{3,}|\Z)", re.M | re.S)


@modules
def test_every_module_says_what_it_is_and_lists_its_public_functions(name):
    module = importlib.import_module(name)
    assert module.__doc__
    listed = [] if name == "helpers.cli" else public(module)  # the command lists itself: --help
    functions = [item for item in listed if inspect.isfunction(listed[item])]
    assert [item for item in functions if not re.search(rf"\b{item}\b", module.__doc__)] == []


def functions(module):
    """Public functions and methods of a module by their full name."""
    owned = {
        name: item
        for name, item in CALLABLES.items()
        if sys.modules[item.__module__].__name__ == module and name.startswith(f"{module}.")
    }
    return owned.items()


def summary(item):
    """The first paragraph of a docstring."""
    return (inspect.getdoc(item) or "").split("\n\n")[0]


@modules
def test_every_public_function_and_class_says_what_it_is_in_a_sentence(name):
    classes = [(full, item) for full, item in CLASSES.items() if item.__module__ == name]
    items = [*functions(name), *classes]
    assert [full for full, item in items if not summary(item).endswith(".")] == []


@modules
def test_a_section_of_parameters_names_those_that_exist(name):
    """A parameter that was renamed must not linger in words."""
    faults = {}
    for full, function in functions(name):
        section = SECTION.search(inspect.getdoc(function) or "")
        named = {
            part.strip().lstrip("*")
            for line in (section[1].splitlines() if section else [])
            if line and not line.startswith(" ")
            for part in line.split(" : ")[0].split(",")
        }
        if named - set(parameters(function)) or (section and not named):
            faults[full] = sorted(named)
    assert faults == {}


@modules
def test_a_function_of_several_parameters_has_a_section_for_them(name):
    """One of one or two may say what they are in its sentence; private rooms may be brief."""
    assert [
        full
        for full, function in functions(name)
        if len(parameters(function)) > 2
        and "._" not in full
        and not SECTION.search(inspect.getdoc(function) or "")
    ] == []


@modules
def test_every_parameter_and_every_result_has_a_type(name):
    empty = inspect.Signature.empty
    untyped = []
    for full, function in functions(name):
        signature = inspect.signature(function)
        untyped += [
            f"{full}({parameter})"
            for parameter in parameters(function)
            if signature.parameters[parameter].annotation is empty
        ]
        untyped += [full] if signature.return_annotation is empty else []
    assert untyped == []


@pytest.mark.slow
@modules
def test_the_examples_in_docstrings_are_true(name):
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE
    runner = doctest.DocTestRunner(optionflags=flags, verbose=False)
    for example in doctest.DocTestFinder().find(module, name):
        runner.run(example)
    assert runner.summarize(verbose=False).failed == 0


# ---- Imports ------------------------------------------------------------------------------------


def resolved(path, node):
    """Full name of the module that a `from ... import` names."""
    if not node.level:
        return node.module
    package = [*path.relative_to(SOURCE.parent).parts[: -node.level]]
    return ".".join([*package, *([node.module] if node.module else [])])


def imported(path):
    """Modules of the house that a file imports, wherever in the file, by full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = resolved(path, node)
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] == "helpers"}


def rooms(path):
    """Rooms of the house that a file imports from."""
    return {name.split(".")[1] for name in imported(path) if "." in name}


FORBIDDEN = {
    # Intake may use methods: they lie below it (linkage is a model), and import nothing themselves.
    "intake": {"cohort", "figures", "exhibits", "pack", "cli", "run"},
    "cohort": {"methods", "figures", "exhibits", "pack", "cli"},
    "figures": {"intake", "cohort", "methods", "exhibits", "pack", "cli", "run"},
    "exhibits": {"cohort", "methods", "figures", "pack", "cli"},
    "pack": {"cli", "figures", "methods"},
}


@pytest.mark.parametrize("room", list(FORBIDDEN))
def test_a_room_imports_downward_only(room):
    for path in sorted((SOURCE / room).rglob("*.py")):
        assert rooms(path) & FORBIDDEN[room] == set(), path.name


def test_methods_import_nothing_of_the_house_but_each_other():
    for path in sorted((SOURCE / "methods").rglob("*.py")):
        assert rooms(path) <= {"methods"}, path.name


def test_nothing_imports_the_command():
    for path in PATHS:
        assert "cli" not in rooms(path), path.name


@pytest.mark.parametrize(
    "name", ["errors", "case", "casefile", "sourcefile", "parameters", "tables", "disclosure"]
)
def test_the_lowest_rooms_import_none_above_them(name):
    above = {"intake", "cohort", "methods", "figures", "exhibits", "pack", "cli", "run"}
    path = SOURCE / f"{name}.py"
    paths = [path] if path.exists() else sorted((SOURCE / name).glob("*.py"))
    assert set().union(*map(rooms, paths)) & above == set()
    assert paths


def loaded_by(code):
    """Names of the libraries that a fresh Python has loaded after running some code."""
    said = "; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}{said}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_the_command_waits_for_no_heavy_library_before_it_knows_what_to_do():
    heavy = {"pandas", "numpy", "matplotlib", "statsmodels", "papermill", "nbconvert", "seaborn"}
    assert loaded_by("import helpers.cli; helpers.cli._parser()") & heavy == set()


def test_a_notebook_that_draws_no_model_does_not_wait_for_one():
    code = (
        "from helpers import figures, start; from helpers.cohort import replies, strata; "
        "from helpers.exhibits import Exhibits; from helpers.methods import proportions"
    )
    assert loaded_by(code) & {"statsmodels", "seaborn", "papermill", "nbconvert"} == set()


# ---- Code ---------------------------------------------------------------------------------------


def test_nothing_is_printed():
    calls = [
        f"{path.name}:{node.lineno}"
        for path in PATHS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert calls == []
