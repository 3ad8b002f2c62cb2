"""A static file server that, as GitHub Pages does, serves the site in a subfolder and compresses text."""

import contextlib
import functools
import gzip
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

SUBFOLDER = "/notes/"
BUILT_FOR = f"http://127.0.0.1{SUBFOLDER}"  # the SITE_URL in tests/conftest.py: no port is known then
TEXT = {".html", ".css", ".js", ".json", ".svg", ".xml"}


@functools.cache
def compressed(body: bytes) -> bytes:
    """Compress a file once: every page loads the same scripts and styles."""
    return gzip.compress(body, 6)


class Handler(SimpleHTTPRequestHandler):
    """Serves `directory` under SUBFOLDER, and nothing elsewhere."""

    server: HTTPServer

    def translate_path(self, path: str) -> str:
        if not path.startswith(SUBFOLDER):
            return str(Path(self.directory) / "no such file")
        return super().translate_path(path.removeprefix(SUBFOLDER[:-1]))

    def send_head(self) -> Any:
        file = Path(self.translate_path(self.path))
        if self.path.split("?")[0].endswith("/"):
            file /= "index.html"
        if file.suffix not in TEXT or not file.is_file():
            return super().send_head()
        body = file.read_bytes()
        if file.name == "sitemap.xml":  # instant navigation follows links that it lists
            body = body.replace(BUILT_FOR.encode(), address(self.server).encode())
        body = compressed(body)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def address(server: HTTPServer) -> str:
    """The address of the home page."""
    return f"http://127.0.0.1:{server.server_port}{SUBFOLDER}"


@contextlib.contextmanager
def serve(site: Path) -> Iterator[str]:
    """Serve a built site on a free port of this machine; gives the address of its home page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield address(server)
        finally:
            server.shutdown()
            thread.join()
