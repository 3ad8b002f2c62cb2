"""External links are found, well-formed, and asked for patiently; one issue on GitHub says which are dead."""

import contextlib
import json
import os
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request

import pytest

from sitetools import ROOT, links
from sitetools.links import find_links, problems, trouble

PAGE = """# Page

One [link](https://a.org/x#part), <https://b.org>, and <a href="https://c.org/y">more</a>;
see [the sheet][1], https://a.org/x#part and `https://code.org`.

[1]: https://d.org/z

DOI 10.1000/ab(3)c.d, arXiv 1603.07285, and <http://127.0.0.1:8000>.

```console
curl https://fenced.org
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "labs").mkdir(parents=True)
    (tmp_path / "docs" / "page.md").write_text(PAGE, "utf-8")
    (tmp_path / "README.md").write_text("[Here](https://b.org)\n", "utf-8")
    cells = [("code", "# https://code.org"), ("markdown", "A\n[link](https://e.org)")]
    lab = {"cells": [{"cell_type": kind, "source": [source]} for kind, source in cells]}
    (tmp_path / "docs" / "labs" / "lab.ipynb").write_text(json.dumps(lab), "utf-8")
    return tmp_path


def test_every_link_is_listed_once_with_its_places(root: Path) -> None:
    assert find_links(root) == {
        "https://a.org/x#part": ["docs/page.md:3", "docs/page.md:4"],
        "https://arxiv.org/abs/1603.07285": ["docs/page.md:8"],
        "https://b.org": ["README.md:1", "docs/page.md:3"],
        "https://c.org/y": ["docs/page.md:3"],
        "https://d.org/z": ["docs/page.md:6"],
        "https://doi.org/10.1000/ab(3)c.d": ["docs/page.md:8"],
        "https://e.org": ["docs/labs/lab.ipynb, cell 2:2"],
    }


def test_the_addresses_of_this_repository_are_well_formed() -> None:
    found = find_links(ROOT)
    assert len(found) > 20
    assert list(problems(found)) == []


@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        (["http://a.org"], "p:1: http://a.org: write https"),
        (["https://a.org/x."], "ends in a punctuation mark"),
        (["https://a.org/x_("], "%28 and %29 for brackets"),
        (["https://a.org/x/", "https://a.org/x"], "https://a.org/x/ has a last slash, but not in p:2"),
        (["https://dx.doi.org/10.1000/1"], "an address of dx.doi.org reads https://doi.org/"),
        (["https://doi.org/1000.1"], "an address of doi.org reads https://doi.org/10."),
        (["https://arxiv.org/pdf/1603.07285"], "an address of arxiv.org reads https://arxiv.org/abs/"),
        (["https://arxiv.org/abs/1603.072"], "an address of arxiv.org reads https://arxiv.org/abs/"),
    ],
)
def test_a_malformed_address_is_refused(addresses: list[str], message: str) -> None:
    (said,) = problems({address: [f"p:{number}"] for number, address in enumerate(addresses, 1)})
    assert message in said


ANSWERS = {  # what a server answers, the first time and later; 0 is nothing at all
    "/fine": [200],
    "/gone": [404],
    "/busy": [429, 200],
    "/always-busy": [429],
    "/broken": [500],
    "/mended": [503, 500, 200],
    "/refused": [403],
    "/moved": [301],
    "/slow": [0],
    "/slow-once": [0, 200],
}


class Handler(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        answers = ANSWERS[self.path]
        code = answers[min(self.asked.count(self.path), len(answers) - 1)]
        self.asked.append(self.path)
        if not code:
            time.sleep(0.6)
            return
        self.send_response(code)
        self.send_header("Location", "/fine")
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server():
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "said", "times"),
    [
        ("/fine", "", 1),
        ("/gone", "404 Not Found", 1),
        ("/busy", "", 2),
        ("/always-busy", "", 3),
        ("/broken", "500 Internal Server Error", 3),
        ("/mended", "", 3),
        ("/refused", "", 1),
        ("/moved", "", 1),
        ("/slow", "timed out", 3),
        ("/slow-once", "", 2),
    ],
)
def test_an_address_is_asked_for_until_it_answers(server: str, path: str, said: str, times: int) -> None:
    assert trouble(server + path, timeout=0.3, waits=(0, 0)) == said
    assert Handler.asked.count(path) == times


def test_a_busy_server_says_how_long_to_wait(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    trouble(f"{server}/always-busy", waits=(1, 2))
    assert slept == [1, 2]
    monkeypatch.setattr(Handler, "send_header", lambda self, name, value: _send(self, name, value, "7"))
    trouble(f"{server}/always-busy", waits=(1, 20))
    assert slept == [1, 2, 7, 20]


def _send(handler: Handler, name: str, value: str, after: str) -> None:
    BaseHTTPRequestHandler.send_header(handler, name, after if name == "Retry-After" else value)


def test_a_host_that_is_not_there_is_dead() -> None:
    assert "refused" in trouble("http://127.0.0.1:9/", waits=())


def test_the_registry_of_dois_is_asked_not_the_publisher(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def urlopen(request: Request, timeout: float) -> contextlib.nullcontext[None]:
        asked.append(request.full_url)
        return contextlib.nullcontext()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    assert trouble("https://doi.org/10.1109/5.726791") == ""
    assert asked == ["https://doi.org/api/handles/10.1109/5.726791"]


def test_the_command_lists_links_or_the_dead_ones_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    assert links.main([]) == 0
    assert capsys.readouterr().out.splitlines()[2] == "https://b.org  README.md:1, docs/page.md:3"
    monkeypatch.setattr(links, "trouble", lambda address: "404 Not Found" if "b.org" in address else "")
    assert links.main(["--check"]) == 1
    assert capsys.readouterr().out == "- https://b.org (404 Not Found), in README.md:1, docs/page.md:3\n"
    monkeypatch.setattr(links, "trouble", lambda address: "")
    assert links.main(["--check"]) == 0
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(links, "trouble", lambda address: "unreachable")
    with pytest.raises(SystemExit, match="is this machine offline"):
        links.main(["--check"])
    assert capsys.readouterr().out == ""


GH = """#!/bin/sh
if [ "$2" = list ]; then printf '%s' "$OPEN"; else echo "$1 $2 $3" >> "$CALLS"; fi
"""


@pytest.mark.parametrize(
    ("dead", "number", "calls"),
    [
        ("", "", []),
        ("", "7", ["issue close 7"]),
        ("- https://a.org", "", ["label create dead-links", "issue create --title"]),
        ("- https://a.org", "7", ["issue edit 7"]),
    ],
)
def test_one_issue_lists_the_dead_links(tmp_path: Path, dead: str, number: str, calls: list[str]) -> None:
    (tmp_path / "gh").write_text(GH, "utf-8")
    (tmp_path / "gh").chmod(0o755)
    called = tmp_path / "calls"
    called.touch()
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "OPEN": number, "CALLS": str(called)}
    subprocess.run([str(ROOT / ".ci" / "report-links"), dead], check=True, env=environment)
    assert called.read_text("utf-8").splitlines() == calls
