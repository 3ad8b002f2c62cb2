"""An include becomes a named section of a module, with the first paragraph of its docstrings, at its true lines."""

import ast
import textwrap
from pathlib import Path

import pytest

from pages import IncludeError
from pages.blocks import find_blocks
from pages.includes import INCLUDE, brief, code_of, expanded, section

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))

MODULE = '''\
"""A module."""


class Layer:
    # --8<-- [start:forward]
    def forward(self, x):
        r"""Return x
        squared.

        Args:
            x: Any number.
        """
        # --8<-- [start:body]
        result = x * x

        return result
        # --8<-- [end:body]
    # --8<-- [end:forward]


# --8<-- [start:empty]
# --8<-- [end:empty]
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "module.py").write_text(MODULE)
    (tmp_path / "bare.py").write_text("x = 1\n")
    return tmp_path


def code(include, root, indent=""):
    page = textwrap.indent(f'```python\n--8<-- "{include}"\n```\n', indent)
    (block,) = find_blocks(page, "page.md")
    return code_of(block.fence, root)


@pytest.mark.parametrize("indent", ["", "    ", "> "])
def test_a_section_is_shown_without_marks_indentation_and_the_rest_of_its_docstring(root, indent):
    assert code("module.py:forward", root, indent).text == (
        'def forward(self, x):\n    r"""Return x\n    squared.\n    """\n    result = x * x\n\n    return result\n'
    )


def test_each_line_knows_where_it_comes_from(root):
    found = code("module.py:forward", root)
    assert found.path == str(root / "module.py")
    assert found.lines == [6, 7, 8, 9, 14, 15, 16]
    assert found.placed().split("\n")[13] == "    result = x * x"


def test_a_docstring_of_one_paragraph_stays_as_it_is():
    text = 'def f():\n    """Do\n    it.\n    """\n\n\ndef g():\n    """Do."""\n'
    assert [line for _, line in brief(text)] == text.split("\n")


def test_only_docstrings_are_cut():
    text = 'def f():\n    x = """a\n\n    b"""\n    """c\n\n    d"""\n    return x\n'
    assert [line for _, line in brief(text)] == text.split("\n")


@pytest.mark.parametrize(
    ("include", "said"),
    [
        ("module.py:forwards", "module.py has no section 'forwards'; did you mean 'forward'? It has body, empty, forw"),
        ("module.py:jacobian", "module.py has no section 'jacobian'. It has body, empty, forward."),
        ("module.py:empty", "module.py has nothing in its section 'empty'"),
        ("bare.py:softmax", "bare.py has no section 'softmax'. It has none."),
        ("modul.py:softmax", "there is no file modul.py"),
        ("module.py:3:5", "a block is either hand-written or exactly one include of a named section"),
        ("module.py", "a block is either hand-written or exactly one include of a named section"),
    ],
)
def test_an_include_that_leads_nowhere_says_what_there_is(root, include, said):
    with pytest.raises(IncludeError) as caught:
        code(include, root)
    assert str(caught.value).startswith(f"page.md:1: {said}")


def test_a_module_that_is_half_written_is_named_with_its_line(root):
    (root / "half.py").write_text("# --8<-- [start:a]\ndef f(:\n# --8<-- [end:a]\n")
    with pytest.raises(IncludeError, match=r"^page\.md:1: half\.py:2 can't be read: invalid syntax"):
        code("half.py:a", root)


def test_a_page_shows_code_in_place_of_includes(root):
    page = 'a\n\n- b\n\n    ```python title="t"\n    --8<-- "module.py:body"\n    ```\n\n````markdown\n{}````\n'
    kept = '```python\n--8<-- "module.py:body"\n```\n'
    shown = "    result = x * x\n\n    return result\n"
    assert expanded(page.format(kept), "page.md", root) == (
        f'a\n\n- b\n\n    ```python title="t"\n{shown}    ```\n\n````markdown\n{kept}````\n'
    )


def without_docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            del node.body[0]
    return ast.dump(tree)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_leaves_out_changes_nothing(page):
    """The code of each include is that of its module but for docstrings, and stands at the same lines."""
    for block in find_blocks(page.read_text("utf-8"), str(page)):
        if include := INCLUDE.fullmatch(block.fence.source.strip()):
            source = (ROOT / include["path"]).read_text("utf-8")
            numbers = [number for number, _ in section(source, include["section"])]
            whole = source.split("\n")[numbers[0] - 1 : numbers[-1]]
            if whole[-1].strip() == '"""':  # nothing but a docstring was the end
                continue
            shown, there = code_of(block.fence, ROOT).text, textwrap.dedent("\n".join(whole))
            assert without_docstrings(ast.parse(shown)) == without_docstrings(ast.parse(there))
