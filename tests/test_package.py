"""The package from outside: its version, what it imports when, and where its names say that they are."""

import importlib
import importlib.metadata
import inspect
import io
import json
import pickle
import pkgutil
import pydoc
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

import dlnotes
from dlnotes.losses.polyloss import Poly1CrossEntropyLoss
from dlnotes.models import convolution

ROOT = Path(__file__).parents[1]
PACKAGES = ["dlnotes", *(info.name for info in pkgutil.iter_modules(dlnotes.__path__, "dlnotes.") if info.ispkg)]
MOVED = {  # what readers' notebooks may import, and where it is now
    "dlnotes.training.command": "dlnotes.command",
    "dlnotes.training.experiment": "dlnotes.labs",
    "dlnotes.training.optimizers": "dlnotes.models.optimizers",
    "dlnotes.training.speed": "dlnotes.training.channels_last",
}


def modules(package):
    """The names of the modules that a package lists, and of theirs."""
    for name in package.__all__:
        if inspect.ismodule(module := getattr(package, name)):
            yield from (module.__name__, *modules(module))


def run(*words):
    """What Python prints."""
    return subprocess.run([sys.executable, *words], capture_output=True, encoding="utf-8", cwd=ROOT, check=True).stdout


def test_the_version_is_one():
    version = dlnotes.__version__
    assert importlib.metadata.version("tested-dlnotes") == version
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["version"] == version
    assert run("-m", "dlnotes", "--version") == f"dlnotes {version}\n"


def test_a_checkout_works_without_installation():
    code = "import sys; sys.path.insert(0, 'src'); import dlnotes; print(dlnotes.__version__, dlnotes.__file__)"
    printed = run("-I", "-S", "-c", code)  # -S: no site-packages
    assert printed.split() == [dlnotes.__version__, str(ROOT / "src" / "dlnotes" / "__init__.py")]


@pytest.mark.parametrize(
    ("addresses", "urls"),
    [({}, {}), ({"REPO_URL": "https://me.example/notes"}, {"Repository": "https://me.example/notes"})],
)
def test_the_addresses_are_those_that_publishing_names(addresses, urls, monkeypatch):
    for name in ("REPO_URL", "SITE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, address in addresses.items():
        monkeypatch.setenv(name, address)
    assert json.loads(run("-m", "hatchling", "metadata", "urls")) == urls


@pytest.mark.parametrize("words", ["--help", "--version", "train --help", "train lenet --epochs 0"])
def test_what_needs_no_pytorch_does_not_wait_for_it(words):
    code = f"""
import atexit, sys
atexit.register(lambda: print("loaded:", sorted({{"numpy", "torch"}} & sys.modules.keys())))
sys.argv[1:] = {words.split()}
from dlnotes.__main__ import start
start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("loaded: []\n"), done.stderr


def test_submodules_come_when_they_are_used():
    assert (
        run("-c", "import dlnotes, sys; print('torch' in sys.modules, dlnotes.losses.__name__)")
        == "False dlnotes.losses\n"
    )
    code = "import dlnotes; print(dlnotes.losses.polyloss.poly1_cross_entropy.__name__)"
    assert run("-c", code) == "poly1_cross_entropy\n"
    assert run("-c", "from dlnotes.losses import *; print(softmax.__name__)") == "dlnotes.losses.softmax\n"


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_submodule_is_listed(name):
    package = importlib.import_module(name)
    there = {info.name for info in pkgutil.iter_modules(package.__path__, f"{name}.") if "._" not in info.name}
    assert [f"{name}.{submodule}" for submodule in package.__all__] == sorted(there - MOVED.keys())
    assert {*package.__all__, "__name__"} <= set(dir(package))
    assert all(getattr(package, submodule).__name__ == f"{name}.{submodule}" for submodule in package.__all__)


@pytest.mark.parametrize("old", MOVED)
def test_a_module_that_has_moved_is_found_by_its_old_name(old, monkeypatch):
    monkeypatch.delitem(sys.modules, old, raising=False)
    cell: dict[str, object] = {}
    with pytest.warns(FutureWarning, match=f"{old} is {MOVED[old]} now") as warned:
        exec(compile(f"import {old} as module", "cell", "exec"), cell)
    assert cell["module"] is importlib.import_module(MOVED[old])
    assert [warning.filename for warning in warned] == ["cell"]


def test_an_unknown_attribute_gets_a_suggestion():
    with pytest.raises(AttributeError) as raised:
        dlnotes.losses.polylos  # type: ignore[attr-defined]  # noqa: B018
    assert str(raised.value) == (
        "module 'dlnotes.losses' has no attribute 'polylos'; its modules are "
        "activations, binary, calibration, contrastive, distillation, likelihood, noisy_labels, polyloss, regression, "
        "sigmoids, softmax"
    )
    done = subprocess.run([sys.executable, "-c", "import dlnotes; dlnotes.loses"], capture_output=True, text=True)
    assert done.stderr.endswith("Did you mean: 'losses'?\n")


def public_names():
    for name in modules(dlnotes):
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", []):
            if inspect.isroutine(thing := getattr(module, public)) or inspect.isclass(thing):
                yield pytest.param(name, thing, id=f"{name}.{public}")


@pytest.mark.parametrize(("module", "thing"), list(public_names()))
def test_public_names_say_where_they_are_written_and_can_be_imported_from_there(module, thing):
    place, name = thing.__module__, thing.__name__
    assert f"{place}.".startswith(f"{module}.")
    assert "._" not in place, "help and pickles would name a private module"
    assert getattr(importlib.import_module(place), name) is thing
    assert re.search(rf"^(def|class) {name}\b", inspect.getsource(thing), re.MULTILINE)


def test_help_of_a_package_shows_what_its_modules_hold():
    shown = io.StringIO()
    pydoc.Helper(output=shown).help(convolution)
    for name in convolution.__all__:
        assert re.search(rf"^    (class )?{name}\(", shown.getvalue(), re.MULTILINE), name


def test_a_pickled_loss_is_found_by_its_public_place():
    loss = Poly1CrossEntropyLoss(epsilon=2.0, weight=torch.tensor([1.0, 3.0]))
    content = pickle.dumps(loss)
    assert b"dlnotes.losses.polyloss" in content
    assert not re.search(rb"dlnotes[\w.]*\._", content)
    logits, target = torch.tensor([[1.0, 2.0]]), torch.tensor([0])
    assert pickle.loads(content)(logits, target) == loss(logits, target)


def test_pickles_of_before_the_packages_load():
    """They name the package as the place of its classes, as the examples do."""
    field = convolution.ReceptiveField((3,), (1,), (0,))
    place = convolution.ReceptiveField.__module__
    content = pickle.dumps(field, protocol=0)
    assert f"c{place}\nReceptiveField".encode() in content
    assert pickle.loads(content.replace(place.encode(), b"dlnotes.models.convolution")) == field
