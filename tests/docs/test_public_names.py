"""Every public name of dlnotes is in the API reference of the built site."""

import importlib
import pkgutil

import dlnotes


def public_names():
    for info in pkgutil.walk_packages(dlnotes.__path__, "dlnotes."):
        module = importlib.import_module(info.name)
        yield from getattr(module, "__all__", [])


def test_the_reference_has_every_public_name(built_site):
    reference = (built_site / "reference" / "api" / "index.html").read_text("utf-8")
    names = set(public_names())
    assert {"softmax", "cross_entropy"} <= names
    assert {name for name in names if f'.{name}"' not in reference} == set()
