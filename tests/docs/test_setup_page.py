"""The page on setting up: its commands run as shown, and the errors that it shows happen."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import dlnotes
from pages.fences import Fence, find_fences

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "basics" / "setup.md"
BLOCKS = [fence for fence in find_fences(PAGE.read_text("utf-8"), str(PAGE)) if fence.language == "console"]

UV = Path(sys.executable).with_name("uv")
REASON = "Not run here: "
NOT_RUN = [block for block in BLOCKS if block.title.startswith(REASON)]
RUN = [block for block in BLOCKS if block not in NOT_RUN]
SESSIONS = [block for block in RUN if block.source.startswith("$ ")]  # a command and what it answers
COMMANDS = [block for block in RUN if block not in SESSIONS]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a Unix shell")


def test_the_number_of_commands_that_are_not_run_is_pinned() -> None:
    assert len(NOT_RUN) == 8, [block.title for block in NOT_RUN]
    assert all(len(block.title) > len(REASON) + 10 for block in NOT_RUN)


def test_every_other_block_is_run_by_a_test_below() -> None:
    assert {block.title for block in COMMANDS} == {"With pip", "With uv", ""}
    assert {command(block) for block in SESSIONS} == set(ERRORS)


# The commands


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """A terminal in which no environment is activated. It has `uv` and a `python3`, the one behind the tests' own."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    (tools / "uv").symlink_to(UV)
    hidden = {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"PATH": f"{tools}{os.pathsep}{os.defpath}"} | variables


def wheel(folder: Path, name: str, version: str) -> None:
    """Write a package that holds nothing but its version."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f'__version__ = "{version}"\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for file, content in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(file, content)


def checkout(folder: Path) -> Path:
    """Copy what an installation of dlnotes needs."""
    shutil.copytree(ROOT / "src" / "dlnotes", folder / "src" / "dlnotes", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_the_commands_install_into_the_new_environment(tool: str, tmp_path: Path) -> None:
    links, project = tmp_path / "links", tmp_path / "project"
    links.mkdir()
    project.mkdir()
    for name in ("torch", "numpy"):
        wheel(links, name, "9999.0")  # newer than any real one, so it is what pip and uv choose
    checkout(project / "dlnotes")
    terminal = environment(tmp_path, PIP_FIND_LINKS=str(links), UV_FIND_LINKS=str(links))
    for name in ("python", "pip"):
        forbid(tmp_path / "tools", name)
    blocks = [block.source for block in COMMANDS if block.title in (f"With {tool}", "")]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=project,
        env=terminal,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    python = project / ".venv" / "bin" / "python"
    answering = Path(done.stdout.splitlines()[-1])  # the page's last command asks which Python runs
    assert answering.parent.resolve() == python.parent.resolve()
    ask = "import importlib.metadata as m; print(*map(m.version, ['torch', 'numpy', 'tested-dlnotes']))"
    answer = subprocess.run([python, "-c", ask], capture_output=True, encoding="utf-8", check=True)
    assert answer.stdout.split() == ["9999.0", "9999.0", dlnotes.__version__]


def forbid(tools: Path, name: str) -> None:
    """Let a command fail that isn't in an activated environment: it must not install into the system's Python."""
    (tools / name).write_text("#!/bin/sh\necho no environment is activated >&2\nexit 1\n")
    (tools / name).chmod(0o755)


# The errors: what to do so that the command of the page fails as the page says. Each returns what was printed.


def output(arguments: list[str | Path], folder: Path) -> str:
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode != 0, f"no error: {done.stdout}"
    return done.stdout


DEBIAN = """[externally-managed]
Error=To install Python packages system-wide, try apt install
 python3-xyz, where xyz is the package you are trying to
 install.
"""


def managed(folder: Path) -> str:
    """Pip in a Python that isn't an environment and has the marker of a distribution."""
    (folder / "EXTERNALLY-MANAGED").write_text(DEBIAN)
    code = f"""
import sys, sysconfig
sys.prefix = sys.base_prefix
get_path = sysconfig.get_path
sysconfig.get_path = lambda name, *rest, **more: {str(folder)!r} if name == "stdlib" else get_path(name, *rest, **more)
from pip._internal.cli.main import main
sys.exit(main(["install", "--no-index", "torch"]))
"""
    return output([sys.executable, "-c", code], folder)


def no_environment(folder: Path) -> str:
    return output([UV, "pip", "install", "--dry-run", "torch"], folder)


def no_match(folder: Path) -> str:
    """As if Python were newer than every wheel."""
    newest = ["--python-version", "3.99", "--only-binary=:all:", "--no-deps", "--target", folder]
    return output([sys.executable, "-m", "pip", "install", *newest, "torch"], folder)


def old_python(folder: Path) -> str:
    """As if dlnotes needed a newer Python than this one, whatever it is."""
    pyproject = checkout(folder) / "pyproject.toml"
    needed = tomllib.loads(pyproject.read_text("utf-8"))["project"]["requires-python"]
    pyproject.write_text(pyproject.read_text("utf-8").replace(f'"{needed}"', '">=3.99"'), "utf-8")
    printed = output(
        [sys.executable, "-m", "pip", "install", "--dry-run", "--no-build-isolation", "--no-deps", "."], folder
    )
    return printed.replace(platform.python_version(), "3.10.13").replace(">=3.99", needed)


def no_module(folder: Path) -> str:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    return output([folder / ".venv" / "bin" / "python", "-c", "import torch"], folder)


def other_dlnotes(folder: Path) -> str:
    """As if the package of that name on PyPI were installed."""
    (folder / "dlnotes").mkdir()
    (folder / "dlnotes" / "__init__.py").touch()
    return output([sys.executable, "-c", "import dlnotes.losses"], folder)


def own_torch(folder: Path) -> str:
    (folder / "torch.py").write_text("import torch\n\nprint(torch.ones(2))\n")
    return output([sys.executable, "torch.py"], folder)


def no_numpy(folder: Path) -> str:
    """The installed packages, less NumPy."""
    spec = importlib.util.find_spec("torch")
    assert spec is not None
    assert spec.origin is not None
    for package in Path(spec.origin).parents[1].iterdir():
        if not package.name.startswith("numpy"):
            (folder / package.name).symlink_to(package)
    code = f"import sys; sys.path.append({str(folder)!r}); import torch; torch.ones(2).numpy()"
    return output([sys.executable, "-I", "-S", "-c", code], folder)


ERRORS: dict[str, Callable[[Path], str]] = {
    "python3 -m pip install torch": managed,
    "uv pip install torch": no_environment,
    "python -m pip install torch": no_match,
    "python3.10 -m pip install .": old_python,
    'python -c "import torch"': no_module,
    'python -c "import dlnotes.losses"': other_dlnotes,
    "python torch.py": own_torch,
    'python -c "import torch; torch.ones(2).numpy()"': no_numpy,
}


def command(block: Fence) -> str:
    return block.source.splitlines()[0].removeprefix("$ ")


def is_shown(shown: str, printed: str) -> bool:
    """Whether the parts of `shown`, between its dots, are in `printed` in this order; line breaks don't count."""
    rest = " ".join(printed.split())
    for part in shown.split("…"):
        if words := " ".join(part.split()):
            _, found, rest = rest.partition(words)
            if not found:
                return False
    return True


def for_this_python(block: Fence) -> bool:
    """Some messages have changed; the title then says for which versions of Python they are."""
    return not block.title.startswith("Python ") or ("newer" in block.title) == (sys.version_info >= (3, 13))


@pytest.mark.parametrize("block", [*filter(for_this_python, SESSIONS)], ids=command)
def test_the_error_is_what_really_appears(block: Fence, tmp_path: Path) -> None:
    shown = block.source.partition("\n")[2]
    printed = ERRORS[command(block)](tmp_path)
    assert is_shown(shown, printed), f"shown on the page:\n{shown}\nprinted now:\n{printed}"


def test_another_message_is_noticed() -> None:
    assert is_shown("one two\n… four", "zero one\ntwo three four")
    assert not is_shown("one two\n… four", "zero one two three")
    assert not is_shown("four … one", "one two three four")


def test_the_quoted_error_of_a_cpu_wheel_is_in_the_source() -> None:
    message = "AssertionError: Torch not compiled with CUDA enabled"
    (block,) = [block for block in NOT_RUN if message in block.source]
    assert "torch/cuda/__init__.py" in block.title
    spec = importlib.util.find_spec("torch.cuda")
    assert spec is not None
    assert spec.origin is not None
    name, _, text = message.partition(": ")
    assert f'{name}("{text}")' in Path(spec.origin).read_text("utf-8")
