"""A static file server that, as GitHub Pages does, serves the site in a subfolder."""

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SUBFOLDER = "/notes/"  # also in the SITE_URL that tests/conftest.py builds with


class Handler(SimpleHTTPRequestHandler):
    """Serves `directory` under SUBFOLDER, and nothing elsewhere."""

    def translate_path(self, path: str) -> str:
        if not path.startswith(SUBFOLDER):
            return str(Path(self.directory) / "no such file")
        return super().translate_path(path.removeprefix(SUBFOLDER[:-1]))

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextlib.contextmanager
def serve(site: Path) -> Iterator[str]:
    """Serve a built site on a free port of this machine; gives the address of its home page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{SUBFOLDER}"
        finally:
            server.shutdown()
            thread.join()
