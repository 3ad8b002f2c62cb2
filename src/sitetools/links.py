"""External links: `python -m sitetools.links` lists each one once, with its places; `--check` asks if they answer.

The DOIs and the arXiv numbers of the bibliography are among them: readers look them up. A workflow runs the check every
week and keeps one issue that lists the dead links. The tests only look at the form of the addresses: they ask nobody.
"""

import argparse
import http.client
import json
import re
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from eqtest.prose import blank_code

TOP_LEVEL = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
ADDRESS = re.compile(r"""https?://[^\s<>"'\])]+|\b(?P<kind>DOI|arXiv)\s+(?P<number>\d[^\s,;]*[\w)])""")
NUMBERED = {"DOI": "https://doi.org/", "arXiv": "https://arxiv.org/abs/"}
FORMS = {  # what addresses of these hosts look like
    "doi.org": r"https://doi\.org/10\.\d{4,5}/\S+",
    "dx.doi.org": r"https://doi\.org/…",
    "arxiv.org": r"https://arxiv\.org/abs/\d{4}\.\d{4,5}",
}
HERE = ("127.0.0.1", "localhost")
AGENT = {"User-Agent": "Mozilla/5.0 (compatible; weekly link check of dlnotes)"}
REFUSED, GONE, BUSY = (401, 403), (404, 410), 429  # pages that programs may not see; that are no more; for now
TIMEOUT, WAITS, LONGEST = 30.0, (5.0, 30.0, 120.0), 300.0


def find_links(root: Path) -> dict[str, list[str]]:
    """Find every external link of the pages, the labs and the top-level files; code doesn't count.

    Args:
        root: The repository's folder.

    Returns:
        Each address, with its places such as `docs/page.md:12`.
    """
    files = [root / name for name in TOP_LEVEL if (root / name).is_file()]
    found = defaultdict[str, list[str]](list)
    for file in [*files, *sorted((root / "docs").rglob("*.md")), *sorted((root / "docs").rglob("*.ipynb"))]:
        for part, text in _texts(file):
            for match in ADDRESS.finditer(blank_code(text)):
                address = NUMBERED[match["kind"]] + match["number"] if match["kind"] else match[0]
                if urlsplit(address).hostname not in HERE:
                    line = text.count("\n", 0, match.start()) + 1
                    found[address].append(f"{file.relative_to(root).as_posix()}{part}:{line}")
    return dict(sorted(found.items()))


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    """Read the text of a page, or the text cells of a lab."""
    text = file.read_text("utf-8")
    if file.suffix == ".md":
        yield "", text
        return
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        if cell["cell_type"] == "markdown":
            yield f", cell {number}", "".join(cell["source"])


def problems(links: dict[str, list[str]]) -> Iterator[str]:
    """Yield what is wrong with the form of an address.

    Args:
        links: The addresses with their places.

    Yields:
        A message for each problem.
    """
    for address, places in links.items():
        host = urlsplit(address).hostname or ""
        form = FORMS.get(host, ".*")
        if not address.startswith("https://"):
            yield f"{places[0]}: {address}: write https"
        if re.search(r"[.,;:!?(]$", address):
            yield f"{places[0]}: {address} ends in a punctuation mark: put <…> around it, or %28 and %29 for brackets"
        if not re.fullmatch(form, address):
            yield f"{places[0]}: {address}: an address of {host} reads {form.replace(chr(92), '')}"
        if address.endswith("/") and address[:-1] in links:
            yield f"{places[0]}: {address} has a last slash, but not in {links[address[:-1]][0]}: write both alike"


def trouble(address: str, timeout: float = TIMEOUT, waits: Sequence[float] = WAITS) -> str:
    """Ask for an address, again after each wait if there is no answer or the server is busy.

    Args:
        address: The link. For a DOI its registry is asked, since many publishers refuse programs.
        timeout: How long to wait for an answer, in seconds.
        waits: How long to wait between two tries, in seconds.

    Returns:
        What is wrong, or nothing. A page that programs may not see counts as there.
    """
    asked = address.replace("https://doi.org/", "https://doi.org/api/handles/")
    for wait in (*waits, None):
        after = ""
        try:
            with urllib.request.urlopen(urllib.request.Request(asked, headers=AGENT), timeout=timeout):
                return ""
        except urllib.error.HTTPError as error:
            reason, after = f"{error.code} {error.reason}", error.headers.get("Retry-After") or ""
            if error.code in (*GONE, *REFUSED) or (error.code == BUSY and wait is None):
                return reason if error.code in GONE else ""
        except (OSError, http.client.HTTPException) as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
        if wait is not None:
            time.sleep(min(max(wait, float(after) if after.isdigit() else 0), LONGEST))
    return reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a link is dead."""
    parser = argparse.ArgumentParser(prog="python -m sitetools.links", description=__doc__)
    parser.add_argument("--check", action="store_true", help="ask for every address, and list the dead ones")
    options = parser.parse_args(arguments)
    links = find_links(Path())
    dead = {address: reason for address in links if options.check and (reason := trouble(address))}
    if dead and len(dead) == len(links):
        raise SystemExit(f"No address answers ({next(iter(dead.values()))}): is this machine offline?")
    for address, places in links.items():
        if not options.check:
            print(f"{address}  {', '.join(places)}")
        elif address in dead:
            print(f"- {address} ({dead[address]}), in {', '.join(places)}")
    return int(bool(dead))


if __name__ == "__main__":
    sys.exit(main())
