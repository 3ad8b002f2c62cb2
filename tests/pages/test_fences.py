"""Which fences are found, and which are refused."""

import pytest
from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser

from pages import FenceError
from pages.fences import find_fences


def fences(text):
    return list(find_fences(text, "page.md"))


@pytest.mark.parametrize("header", ["python", "py", 'python title="shapes.py"', "{.python}", '{ .py title="a b" }'])
def test_every_way_to_write_a_python_fence_is_found(header):
    [fence] = fences(f"```{header}\n1 / 0\n```\n")
    assert fence.language in {"python", "py"}
    assert fence.source == "1 / 0\n"


def test_stock_sybil_misses_a_fence_with_attributes():
    document = Document('```python title="shapes.py"\n1 / 0\n```\n', "page.md")
    assert not list(PythonCodeBlockParser()(document))
    assert len(find_fences(document.text, "page.md")) == 1


@pytest.mark.parametrize(
    "header",
    ["", "pyhton", "python linenums=1", 'python hl_lines="2"', "python title=x", "{python}", "{.python .wide}"],
)
def test_an_unknown_header_is_refused_with_its_place(header):
    with pytest.raises(FenceError, match=r"^page\.md:3: unknown fence header"):
        fences(f"Text.\n\n```{header}\n1\n```\n")


def test_an_unclosed_fence_is_refused():
    with pytest.raises(FenceError, match=r"^page\.md:1: the fence '```python' is never closed"):
        fences("```python\nprint(1)\n")


def test_a_fence_inside_a_longer_fence_belongs_to_it():
    [fence] = fences("````markdown\n```python\n1 / 0\n```\n````\n")
    assert fence.language == "markdown"


def test_an_indented_fence_loses_its_indentation():
    [fence] = fences('??? success "Solution"\n\n    ```python\n    if True:\n        x = 1\n    ```\n')
    assert (fence.line, fence.indent, fence.source) == (3, "    ", "if True:\n    x = 1\n")


def test_blanks_that_all_lines_begin_with_stay():
    [fence] = fences("  ```text\n     1\n    10\n  ```\n")
    assert fence.source == "   1\n  10\n"


def test_a_fence_behind_a_list_mark_is_refused():
    with pytest.raises(FenceError, match=r"^page\.md:1: start the fence '- ```python' on a line of its own"):
        fences("- ```python\n  x = 1\n  ```\n")


def test_a_skip_needs_a_reason():
    assert fences('```python title="Not tested: needs two GPUs"\n```\n')[0].skip_reason == "needs two GPUs"
    with pytest.raises(FenceError, match="needs a reason"):
        _ = fences('```python title="Not tested: "\n```\n')[0].skip_reason
