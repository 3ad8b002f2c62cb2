"""Docstrings have one template. Ruff checks its form; this checks what it says of arguments, results and examples."""

import ast
import inspect
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from pagetest import collection
from tests.support.public import public_objects

ROOT = Path(__file__).parents[1]
ORDER = ["Attributes", "Args", "Returns", "Yields", "Raises", "Examples", "Source"]
HEADING = re.compile(r"^([A-Z]\w+):\n(?= )", re.MULTILINE)
ENTRY = re.compile(r"^ {4}\*{0,2}(\w[\w, ]*): (.*(?:\n {5,}.*)*)", re.MULTILINE)
BRACKETS = re.compile(r"\[.*\]")
SHAPE = re.compile(r"`\([^`]*\)`|\bany shape\b|\bshaped like `\w+`|\bscalar\b")

WITHOUT_EXAMPLES = {
    "dlnotes.labs.mode": "what it returns depends on the environment",
    "dlnotes.labs.recorded": "it writes to the working folder",
    "dlnotes.labs.train_seeds": "it trains, in processes of its own",
    "dlnotes.training.datasets.data_directory": "what it returns depends on the machine",
    "dlnotes.training.datasets.describe": "what it returns depends on the machine",
    "dlnotes.training.data_parallel.main": "it needs the processes that torchrun starts",
    "dlnotes.training.processes.mean_size": "it needs the processes that torchrun starts",
}
OURS = {  # what has no source
    "dlnotes.labs": "a file format",
    "dlnotes.command": "a program",
    "dlnotes.training": "a program; `datasets` names where its data are from all the same",
    "dlnotes.models.cnn": "the notes' network",
    "dlnotes.models.softmax_regression": "the notes' network",
}
CAUGHT = {"dlnotes.training.run.Run.resume": {"ValueError"}}  # it becomes a CheckpointError there
OF_LOSSES = {"forward": "calls the function that the class is named after", "extra_repr": "torch describes it"}


@dataclass
class Described:
    """A public function, class or method."""

    name: str
    value: Any
    module: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """The docstring by headings; what stands above these is called Summary."""
        summary, *parts = HEADING.split(inspect.getdoc(self.value) or "")
        return {"Summary": summary, **dict(zip(parts[::2], parts[1::2], strict=True))}

    @property
    def code(self) -> ast.FunctionDef | None:
        """What is run: of a class, its `__init__`, unless its fields make one."""
        value = vars(self.value).get("__init__") if inspect.isclass(self.value) else inspect.unwrap(self.value)
        if value is None or not Path(value.__code__.co_filename).is_file():
            return None
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(value))).body
        assert isinstance(node, ast.FunctionDef)
        return node

    @property
    def types(self) -> dict[str, str]:
        """The types of what Args or Attributes describe, as they are written."""
        if self.code is None:
            fields = vars(self.value).get("__annotations__", {})
            return {name: inspect.formatannotation(kind) for name, kind in fields.items()}
        given = self.code.args
        every = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
        named = [argument for argument in every if argument and argument.arg != "self"]
        return {argument.arg: ast.unparse(argument.annotation) for argument in named if argument.annotation}

    @property
    def returns(self) -> str:
        return ast.unparse(self.code.returns) if self.code and self.code.returns else "None"


def entries(part: str) -> dict[str, str]:
    return {name: text for names, text in ENTRY.findall(part) for name in names.split(", ")}


def described():
    for module, name, value in public_objects():
        yield Described(f"{module}.{name}", value, module)
        for method, function in vars(value).items() if inspect.isclass(value) else ():
            of_loss = issubclass(value, nn.CrossEntropyLoss | nn.BCEWithLogitsLoss) and method in OF_LOSSES
            if inspect.isfunction(function) and method[0] != "_" and not of_loss:
                yield Described(f"{module}.{name}.{method}", function)


DESCRIBED = list(described())
every_name = pytest.mark.parametrize("it", [pytest.param(it, id=it.name) for it in DESCRIBED])
FUNCTIONS = [it for it in DESCRIBED if it.module and inspect.isroutine(it.value)]


@every_name
def test_args_are_the_parameters_with_the_shapes_of_tensors(it):
    described = entries(it.parts.get("Args" if it.code else "Attributes", ""))
    assert list(described) == list(it.types)
    shapeless = [name for name, kind in it.types.items() if has_shape(kind) and not SHAPE.search(described[name])]
    assert shapeless == [], "give the shape: `(N, C)`, any shape, shaped like `x`, or a scalar"


def has_shape(kind):
    """Whether a value of this type may be a tensor, and not just hold or take some."""
    return "Tensor" in BRACKETS.sub("", kind).split(" | ")


@every_name
def test_what_is_returned_or_yielded_is_described(it):
    kind = it.returns
    nothing = kind in ("None", "Iterator[None]")
    expected = set() if nothing else {"Yields"} if kind.startswith("Iterator") else {"Returns"}
    assert {"Returns", "Yields"} & it.parts.keys() == expected


@every_name
def test_what_is_raised_is_described(it):
    assert raised(it.code) - entries(it.parts.get("Raises", "")).keys() == CAUGHT.get(it.name, set())


def raised(function):
    """The exceptions that a function makes and raises, but for functions within it."""
    found, nodes = set(), [function] if function else []
    for node in nodes:
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found.add(ast.unparse(node.exc.func).rpartition(".")[2])
        nodes += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.FunctionDef | ast.Lambda)]
    return {name for name in found if name[0].isupper()}


def test_functions_have_examples():
    lacking = {it.name for it in FUNCTIONS if "Examples" not in it.parts}
    assert lacking == WITHOUT_EXAMPLES.keys(), "give an example, or the reason why there can't be one"


def test_functions_have_a_source():
    lacking = {it.module for it in FUNCTIONS if not names_source(it)}
    assert {name for name in lacking if not any(f"{name}.".startswith(f"{ours}.") for ours in OURS)} == set()
    assert {ours for ours in OURS if not any(f"{name}.".startswith(f"{ours}.") for name in lacking)} == set()


def names_source(it):
    """Whether the docstring of a function or of its module, or of the package that shows it, names a paper."""
    modules = (inspect.getdoc(module) or "" for module in (inspect.getmodule(it.value), sys.modules[it.module]))
    return "Source" in it.parts or any(re.search(r"^Sources?: ", text, re.MULTILINE) for text in modules)


def test_all_examples_run():
    sources = [path for path in ROOT.glob("src/**/*.py") if ">>> " in path.read_text("utf-8")]
    collects = collection.docstrings(ROOT).should_parse
    assert [path for path in sources if not collects(path)] == []


@pytest.mark.parametrize("package", [*sorted(path.name for path in ROOT.glob("src/*")), "benchmarks"])
def test_headings_have_one_order_and_examples_their_imports(package):
    wrong = []
    for path in [*ROOT.glob(f"src/{package}/**/*.py"), *ROOT.glob(f"{package}/*.py")]:
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        for node in (node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)):
            docstring = ast.get_docstring(node) or ""
            headings, example = HEADING.findall(docstring), docstring.partition("Examples:\n")[2]
            if headings != [heading for heading in ORDER if heading in headings]:
                wrong.append(f"{path}:{node.lineno}: {', '.join(headings)}; the order is {', '.join(ORDER)}")
            if example and not re.search(rf"^ *>>> (from|import) {package}\b", example, re.MULTILINE):
                wrong.append(f"{path}:{node.lineno}: an example imports what it shows")
    assert wrong == []
