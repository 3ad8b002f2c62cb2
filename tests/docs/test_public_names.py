"""Every public name of dlnotes is in the API reference of the built site."""

import inspect
import re

import dlnotes
from tests.support.pages import DOCS


def test_every_public_module_has_an_entry():
    """As the test below, but without building the site."""
    pages = "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("api*.md"))
    entries = re.findall(r"::: ([\w.]+)", pages)
    modules = {name.rpartition(".")[0] for name in public_names()}
    assert modules - set(entries) == set(), "add `::: module` to docs/reference/api.md"


def public_names(module=dlnotes):
    """The public functions and classes of a module, and of all modules that it lists."""
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.ismodule(value):
            yield from public_names(value)
        else:
            yield f"{module.__name__}.{name}"


def test_the_reference_has_every_public_name(built_site):
    reference = "".join(file.read_text("utf-8") for file in built_site.glob("reference/api*/index.html"))
    names = set(public_names())
    assert {"dlnotes.losses.softmax.softmax", "dlnotes.losses.polyloss.poly1_cross_entropy"} <= names
    assert {name for name in names if f'id="{name}"' not in reference} == set()
