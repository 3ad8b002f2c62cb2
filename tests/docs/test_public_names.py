"""Every public name of dlnotes is in the API reference of the built site."""

import re

from tests.support.pages import DOCS
from tests.support.public import public_objects


def test_every_public_module_has_an_entry():
    """As the test below, but without building the site."""
    pages = "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("api*.md"))
    entries = re.findall(r"::: ([\w.]+)", pages)
    modules = {module for module, *_ in public_objects()}
    assert modules - set(entries) == set(), "add `::: module` to docs/reference/api.md"


def test_the_reference_has_every_public_name(built_site):
    reference = "".join(file.read_text("utf-8") for file in built_site.glob("reference/api*/index.html"))
    names = {f"{module}.{name}" for module, name, _ in public_objects()}
    assert {"dlnotes.losses.softmax.softmax", "dlnotes.losses.polyloss.poly1_cross_entropy"} <= names
    assert {name for name in names if f'id="{name}"' not in reference} == set()
