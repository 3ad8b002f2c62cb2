"""Every public name of dlnotes is in the API reference of the built site."""

import importlib
import inspect
import pkgutil
import re

import dlnotes

from .conftest import DOCS


def test_every_public_module_has_an_entry():
    """As the test below, but without building the site."""
    pages = "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("api*.md"))
    entries = re.findall(r"::: ([\w.]+)", pages)
    modules = {name.rpartition(".")[0] for name in public_names()}
    assert modules - set(entries) == set(), "add `::: module` to docs/reference/api.md"


def public_names():
    for info in pkgutil.walk_packages(dlnotes.__path__, "dlnotes."):
        if "._" not in info.name:
            module = importlib.import_module(info.name)
            for name in getattr(module, "__all__", []):
                if not inspect.ismodule(getattr(module, name)):
                    yield f"{info.name}.{name}"


def test_the_reference_has_every_public_name(built_site):
    reference = "".join(file.read_text("utf-8") for file in built_site.glob("reference/api*/index.html"))
    names = set(public_names())
    assert {"dlnotes.losses.softmax.softmax", "dlnotes.losses.polyloss.poly1_cross_entropy"} <= names
    assert {name for name in names if f'id="{name}"' not in reference} == set()
