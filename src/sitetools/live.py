"""What `mkdocs serve` does for a writer, as a MkDocs hook: problems show on their page, and a save rebuilds little.

A page that can't be built says why, above its last good version; a warning, which would end `mkdocs build`, shows on
the page that it names. A save rebuilds the pages that show the saved file. The navigation and the search wait for the
next build of everything, which a new page, another title or a change of mkdocs.yml brings.
"""

import contextlib
import html
import logging
import os
import re
import socket
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment
from mkdocs.commands.build import _build_page, _populate_page  # for one page; MkDocs 1 is finished, and won't move them
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents
from mkdocs.utils import CountHandler
from mkdocstrings import MkdocstringsExtension

SITE, LINKS = "the site", "links"  # steps of a build; the others are called as the page that is being built
# How a message names a page: sitetools.places says where in it, MkDocs just which.
DOCUMENT = re.compile(r"(?:^docs/|')([\w./-]+?\.(?:md|ipynb))\b")
BOX = re.compile("<!-- problems -->.*?<!-- end of problems -->", re.DOTALL)
# What building a page makes of it, beside its content.
MADE = ("content", "meta", "toc", "present_anchor_ids", "links_to_anchors", "_title_from_render")

FAILED = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The site can't be built</title>
<body style="max-width: 50rem; margin: 3rem auto; font-family: system-ui">
<h1>The site can't be built</h1>
<pre style="white-space: pre-wrap">{}</pre>
<p>Every page says so until this is mended and saved.</p>
</body>
</html>
"""


class Problems(logging.Handler):
    """What is wrong, by the page that should say so and the step that found it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.step = SITE
        self.found: dict[tuple[str, str], list[str]] = defaultdict(list)

    def emit(self, record: logging.LogRecord) -> None:
        """Note a warning for the page that it names, or else that is being built."""
        message = record.getMessage()
        named = DOCUMENT.search(message)
        self.note(named[1] if named else self.step, message)

    def note(self, page: str, message: str) -> None:
        """Note a problem once."""
        if message not in self.found[page, self.step]:
            self.found[page, self.step].append(message)

    def forget(self, *steps: str) -> None:
        """Forget what these steps found, before they are done again."""
        self.found = defaultdict(list, {key: found for key, found in self.found.items() if key[1] not in steps})

    def box(self, page: str) -> str:
        """Return what a page says at its top."""
        messages = [message for (named, _), found in self.found.items() if named in (page, SITE) for message in found]
        items = "".join(f'<pre style="white-space: pre-wrap">{html.escape(message)}</pre>' for message in messages)
        title = '<p class="admonition-title">This isn\'t right yet</p>'
        box = f'<div class="admonition failure" role="alert">{title}{items}</div>' if messages else ""
        return f"<!-- problems -->{box}<!-- end of problems -->"


class Watched:
    """Files, and when they were last changed."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._times = self._look()

    def changed(self) -> set[Path]:
        """Return the files that were changed, added or removed since the last call."""
        before, self._times = self._times, self._look()
        return {path for path, _ in before.items() ^ self._times.items() if not path.is_dir()}

    def _look(self) -> dict[Path, float]:
        folders = [folder for path in self._paths for folder in os.walk(path)]  # of a file there are none
        files = [*self._paths, *(Path(folder, name) for folder, _, names in folders for name in names)]
        times = {}
        for file in files:
            if file.parent.name != "__pycache__":
                with contextlib.suppress(FileNotFoundError):  # an editor has just taken it away, to save it
                    times[file] = file.stat().st_mtime
        return times


class Site:
    """The site as it is being served."""

    config: MkDocsConfig
    files: Files
    nav: Navigation
    env: Environment
    build: Callable[[], None]

    def __init__(self) -> None:
        self.problems = Problems()
        self.watched: Watched | None = None
        self.good: dict[str, dict[str, Any]] = {}  # what was last made of each page
        self.broken: set[str] = set()  # the pages that can't be built
        self.whole = False  # whether the last build of everything ended well

    def attempt(self, page: Page, step: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Do a step of building a page, unless an earlier one failed; a failure is the page's own problem."""
        uri = page.file.src_uri
        if uri not in self.broken:
            try:
                return step(*args, **kwargs)
            except Exception as error:  # whatever a half-written page brings about
                known = isinstance(error, click.ClickException)
                self.problems.note(uri, str(error) if known else f"{type(error).__name__}: {error}")
                self.broken.add(uri)
                page.markdown = ""
        return None

    def render(self, page: Page, render: Callable[..., None], *args: Any) -> None:
        """Convert a page, or put its last good version in its place."""
        self.attempt(page, render, *args)
        uri = page.file.src_uri
        if uri in self.broken:
            vars(page).update(self.good.get(uri, {"content": f"<h1>{uri}</h1>", "toc": TableOfContents([])}))
        else:
            self.good[uri] = {name: value for name, value in vars(page).items() if name in MADE}
        page.content = self.problems.box(uri) + (page.content or "")

    def rebuild(self) -> None:
        """Build again what a save has changed. MkDocs calls this, and would stop answering if it failed."""
        assert self.watched is not None
        changed = self.watched.changed()
        try:
            if not (self.whole and self._pages_again(self._shown_on(changed))):
                self.whole = False
                self.problems.found.clear()
                self.build()
        except Exception as error:  # mkdocs.yml or a template, say
            self.whole = False
            logging.getLogger("mkdocs").error(error)
            messages = [message for found in self.problems.found.values() for message in found]
            content = FAILED.format(html.escape("\n\n".join(messages)))
            for page in Path(self.config.site_dir).rglob("*.html"):
                page.write_text(content, "utf-8")

    def _shown_on(self, changed: set[Path]) -> list[Page] | None:
        """Return the pages that show these files, or None if everything may."""
        if not all(path.is_file() for path in changed):
            return None
        root = Path(self.config.config_file_path).parent
        sources = {Path(file.abs_src_path): file for file in self.files if file.abs_src_path}
        found = []
        for path in changed:
            if path in sources:
                found += [page] if (page := sources[path].page) else []
            elif path.is_relative_to(root / "src" / "dlnotes"):
                name = f'"{path.relative_to(root).as_posix()}:'
                texts = [(page, page.file.content_string) for page in self.nav.pages]
                found += [page for page, text in texts if name in text or "\n::: " in text]
            else:
                return None
        return found

    def _pages_again(self, pages: list[Page] | None) -> bool:
        """Build some pages again; tell whether that was enough."""
        if pages is None:
            return False
        titles = [page.title for page in pages]
        self.problems.forget(LINKS, *(page.file.src_uri for page in pages))
        _read_modules_again(self.config)
        folders = [Path(page.file.dest_uri).parent for page in pages]
        for file in [*self.files]:
            if file.generated_by and Path(file.dest_uri).parent in folders:  # a page's figures or notebook, made again
                self.files.remove(file)
        for page in pages:
            _populate_page(page, self.config, self.files)
        if [page.title for page in pages] != titles:
            return False
        self.env = self.config.plugins.on_env(self.env, config=self.config, files=self.files)
        self.files.copy_static_files(dirty=True, inclusion=InclusionLevel.is_in_serve)
        documents = self.files.documentation_pages(inclusion=InclusionLevel.is_in_serve)
        for page in pages:
            _build_page(page, self.config, documents, self.nav, self.env)
        for document in documents:
            if document.page:
                document.page.validate_anchor_links(files=self.files, log_level=self.config.validation.links.anchors)
        self.show_problems()
        return True

    def show_problems(self) -> None:
        """Bring the boxes on all pages up to date: links are checked when pages are written already."""
        for document in self.files.documentation_pages(inclusion=InclusionLevel.is_in_serve):
            file = Path(document.abs_dest_path)
            text = file.read_text("utf-8")
            box = self.problems.box(document.src_uri)
            if box not in text:
                file.write_text(box.join(BOX.split(text)), "utf-8")


def _read_modules_again(config: MkDocsConfig) -> None:
    """Let mkdocstrings forget what it has read of the source."""
    styles = config.extra_css[:]
    others = [extension for extension in config.markdown_extensions if not isinstance(extension, MkdocstringsExtension)]
    config.markdown_extensions[:] = others
    config.plugins["mkdocstrings"].on_config(config)
    config.extra_css[:] = styles


SERVED: Site | None = None


def on_startup(*, command: str, dirty: bool) -> None:
    """Keep quiet what is no news, and get ready to serve."""
    global SERVED
    for name in ("jieba", "mkdocs.plugins.mkdocs_jupyter"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if command == "serve":
        SERVED = Site()
        logging.getLogger("mkdocs").addHandler(SERVED.problems)


def on_shutdown() -> None:
    """Leave MkDocs as it was."""
    global SERVED
    if SERVED:
        logging.getLogger("mkdocs").removeHandler(SERVED.problems)
        SERVED = None


def on_config(config: MkDocsConfig) -> None:
    """Show what would end the build, before everything is built."""
    if SERVED is None:
        return
    if SERVED.watched is None:
        _check(config.dev_addr.host, config.dev_addr.port)
        SERVED.watched = Watched(*map(Path, [config.docs_dir, config.config_file_path, *config.watch]))
    SERVED.config = config
    SERVED.problems.step = SITE
    for handler in logging.getLogger("mkdocs").handlers:
        if isinstance(handler, CountHandler):  # it ends the build where there was a warning
            handler.addFilter(lambda record: False)
    steps = config.plugins.events["page_markdown"]
    steps[:] = [step if step is on_page_markdown else partial(_attempt, step) for step in steps]


def _check(host: str, port: int) -> None:
    """Refuse a port that is taken, before a build that would be in vain."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = f"port {port} can't be used: {error.strerror}. Take another, as in: make serve PORT={port + 1}"
            raise click.ClickException(taken) from None


def on_nav(nav: Navigation, *, config: MkDocsConfig, files: Files) -> None:
    """Remember what a page is built with."""
    if SERVED:
        SERVED.nav, SERVED.files = nav, files


def on_pre_page(page: Page, *, config: MkDocsConfig, files: Files) -> None:
    """Get ready for a page before anything of it is read."""
    if SERVED:
        SERVED.problems.step = page.file.src_uri
        SERVED.broken.discard(page.file.src_uri)
        for name in ("read_source", "render"):  # as the last build left them
            vars(page).pop(name, None)
        # MkDocs has no event around these two; mkdocs-jupyter replaces a page's methods too.
        page.read_source = partial(SERVED.attempt, page, page.read_source)  # type: ignore[method-assign]


def _attempt(step: Callable[..., str], markdown: str, *, page: Page, **context: Any) -> str | None:
    assert SERVED is not None
    changed: str | None = SERVED.attempt(page, step, markdown, page=page, **context)
    return changed


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Take over converting a page: this hook stands last, after all that changes the source."""
    if SERVED:
        page.render = partial(SERVED.render, page, page.render)  # type: ignore[method-assign]


def on_env(env: Environment, *, config: MkDocsConfig, files: Files) -> None:
    """Note that links come next: MkDocs checks them once all pages are converted."""
    if SERVED:
        SERVED.env = env
        SERVED.problems.step = LINKS


def on_post_build(*, config: MkDocsConfig) -> None:
    """Show what was found, now that everything is written."""
    if SERVED:
        SERVED.show_problems()
        SERVED.whole = True


def on_serve(server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[[], None]) -> None:
    """Take over rebuilding."""
    if SERVED:
        SERVED.build = builder
        server.builder = SERVED.rebuild
