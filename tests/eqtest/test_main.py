"""The command line: what it prints, what it refuses, and its exit status; pages may lie anywhere."""

import re
import sys
from pathlib import Path

import pytest

from eqtest import __main__ as command

GOOD = "<!-- eq a\nx : real\nq := py f(x)\n-->\n$$ q = 2x $$\n"
CODE = "```python\ndef f(x):\n    return 2 * x\n```\n\n"
HOOKS = "def page_namespace(path):\n    return {'f': lambda x: 2 * x}\n"
PLAIN = "<!-- eq a\nx : real\n-->\n$$ x + x = 2x $$\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where the command runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def write(text: str, name: str = "page.md") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_it_says_what_became_of_each_formula(capsys: pytest.CaptureFixture[str]) -> None:
    page = write(CODE + GOOD + "\n<!-- eq-skip: a picture -->\n$$ x $$\n")
    assert command.main(["-v", "--seeds", "3", page]) == 0
    out = capsys.readouterr().out
    assert out.startswith("page.md:10: equation 'a': tested, 1 relation, 8 points")
    assert "page.md:13: this equation: skipped, a picture\n" in out
    assert re.search(r"^1 skipped, 1 tested in ", out, re.MULTILINE)
    assert command.main([write(CODE + GOOD.replace("2x", "3x"))]) == 1
    assert "page.md:10: equation 'a': step 1 of 1 is false\n    q = 3x\n    left  = " in capsys.readouterr().out
    assert command.main([write("$$ 1 = 1 $$")]) == 1
    assert "1 bare in" in capsys.readouterr().out


def test_the_formulas_within_lines_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    text = "$x$, $p = 1$, $1 + 1 = 2$, $x = y$, <!-- eq-given -->$a = b$, `$x = y$`.\n\n<!-- eq a -->\n$$ 1 = 1^2 $$\n"
    assert command.main(["count", write(text)]) == 0
    of_page, of_all = (line.partition(": ")[2] for line in capsys.readouterr().out.splitlines())
    assert of_page == of_all == "5 formulas, 3 statements, 1 tested, 1 given, 1 failed, 1 settings"


def test_a_project_may_run_its_pages_itself(capsys: pytest.CaptureFixture[str]) -> None:
    write('[tool.eqtest]\nhooks = "hooks_of_the_project"\n', "pyproject.toml")
    write(HOOKS, "hooks_of_the_project.py")
    assert command.main([write(GOOD)]) == 0
    write(HOOKS.replace("return", "raise ValueError('the code is gone')\n    return"), "hooks_of_the_project.py")
    del sys.modules["hooks_of_the_project"]
    assert command.main([write(GOOD)]) == 1
    assert "page.md:5: equation 'a': needs the page's code, which fails: the code is gone\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("project", "problem"),
    [
        ('[tool.eqtest]\nhooks = "no_such_module"\n', "No module named 'no_such_module'"),
        ('[tool.eqtest]\nhooks = "math"\n', "module 'math' has no attribute 'page_namespace'"),
        ("[tool.eqtest\n", "at line 1"),
    ],
)
def test_hooks_that_are_missing_are_refused(project: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, "pyproject.toml")
    assert command.main([write(PLAIN)]) == 0  # its formula needs no code
    said = refusal(capsys, write(GOOD))
    assert said.startswith('pyproject.toml: `[tool.eqtest] hooks = "module"` names a module with the function')
    assert problem in said


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (".", "Is a directory"),
        ("missing.md", "No such file or directory"),
        ("old.md", "'utf-8' codec can't decode byte 0xf6 in position 2: invalid start byte"),
    ],
)
def test_what_is_no_page_is_refused(name: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("old.md").write_bytes("Größe".encode("latin-1"))
    said = refusal(capsys, name)
    assert f"can't read {name}: {problem}; name Markdown files in UTF-8" in said


@pytest.mark.parametrize("seeds", ["0", "-1"])
def test_no_seeds_are_refused(seeds: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, f"--seeds={seeds}", write(PLAIN))
    assert f"--seeds {seeds} checks nothing: write 1 or more, as in --seeds 25" in said


def test_only_formulas_that_need_code_suffer_from_its_faults(capsys: pytest.CaptureFixture[str]) -> None:
    page = write("```python\nimport math\n\nmath.sqroot(2)\n```\n\n" + GOOD + PLAIN.replace("eq a", "eq b"))
    assert command.main([page]) == 1
    out = capsys.readouterr().out
    assert (
        "page.md:11: equation 'a': needs the page's code, which fails: page.md:4: AttributeError: module 'math' " in out
    )
    assert "1 failed, 1 tested in" in out


def test_mutation_lists_survivors_and_equivalents(capsys: pytest.CaptureFixture[str]) -> None:
    weak = "<!-- eq a\nx : pos\n-->\n$$ x^2 \\ge 0 $$\n"
    assert command.main(["mutate", write(weak)]) == 1
    assert "^2 to nothing: survived\n    x \\ge 0" in capsys.readouterr().out
    strong = "<!-- eq a\nk : int 1..9\nf(a) := (-1)^{a}\n-->\n$$ (-1)^{k+1} = -f(k) $$\n"
    assert command.main(["mutate", write(strong)]) == 0
    assert "+ to -: equivalent\n    (-1)^{k-1} = -f(k)" in capsys.readouterr().out


def test_mutation_of_a_false_formula_repairs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["mutate", write(PLAIN.replace("2x", "3x"))]) == 1
    out = capsys.readouterr().out
    assert "page.md:4: equation 'a': step 1 of 1 is false" in out
    assert "no typos are made on this page until this passes" in out
    assert re.search(r"^1 failed in ", out, re.MULTILINE)


def test_typos_are_made_in_a_definition_in_a_quote(capsys: pytest.CaptureFixture[str]) -> None:
    define = "<!-- eq-define\nx : real\n-->\n$$\nh\n= x^2\n$$\n\n<!-- eq a -->\n$$\nh\n= x x\n$$\n"
    assert command.main(["mutate", write("".join(f"> {line}\n" for line in define.splitlines()))]) == 0
    assert "caught" in capsys.readouterr().out
