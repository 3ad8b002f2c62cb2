"""No modules import each other in a circle, and a package builds only on those that it may."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

SRC = Path(__file__).parents[1] / "src"
FILES = {".".join(path.relative_to(SRC).with_suffix("").parts): path for path in SRC.rglob("*.py")}
MODULES = {name.removesuffix(".__init__"): path for name, path in FILES.items()}
MAY_IMPORT = {  # a package, and those of ours that it builds on
    "dlnotes": set(),
    "eqtest": set(),
    "figures": {"dlnotes"},
    "pages": {"eqtest"},
    "sitetools": {"pages", "eqtest"},
    "pagetest": {"pages", "sitetools", "eqtest", "figures"},
}


def package(module):
    return module.partition(".")[0]


def is_lazy(node):
    """Whether a block names, for type checkers, the submodules that are imported when they are asked for."""
    return isinstance(node, ast.If) and any("submodules(" in ast.unparse(other) for other in node.orelse)


def statements(node):
    """All import statements, those in functions and under TYPE_CHECKING included."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield node
    elif not is_lazy(node):
        for below in ast.iter_child_nodes(node):
            yield from statements(below)


def imports(path):
    """The modules of ours that a file imports."""
    for statement in statements(ast.parse(path.read_text("utf-8"))):
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        else:
            assert statement.level == 0, f"{path}: write the whole name of the module"
            inside = [f"{statement.module}.{alias.name}" for alias in statement.names]
            names = [name if name in MODULES else statement.module for name in inside]
        yield from (name for name in names if name in MODULES)


GRAPH = {module: set(imports(path)) for module, path in MODULES.items()}


def test_no_modules_import_each_other_in_a_circle():
    TopologicalSorter(GRAPH).prepare()  # raises, and says which


def test_no_packages_import_each_other_in_a_circle():
    TopologicalSorter(MAY_IMPORT).prepare()


def test_a_package_imports_only_those_that_it_builds_on():
    wrong = [
        f"{module} imports {other}"
        for module, others in GRAPH.items()
        for other in others
        if package(other) not in {package(module), *MAY_IMPORT[package(module)]}
    ]
    assert wrong == []


def test_the_imports_are_read():
    assert "eqtest.parser" in GRAPH["eqtest.declarations"]
    assert "figures.style" in GRAPH["figures.losses_polyloss"]
    assert GRAPH["dlnotes.losses"] == {"dlnotes._names"}


def test_no_hook_hides_a_module_of_the_standard_library():
    """MkDocs puts a hook's folder in front of `sys.path`: a module named `code` there would be pdb's."""
    hooks = {path.stem for path in (SRC / "sitetools").glob("*.py")} - {"__init__"}
    assert not hooks & sys.stdlib_module_names
