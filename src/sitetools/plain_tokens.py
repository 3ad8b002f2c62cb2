"""Lighter code blocks, as a Python-Markdown extension: no element around what looks like the text around it.

Pygments wraps every token of a block. Names and blanks are the most frequent ones, and no scheme of the site has a
colour for them.
"""

import re

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor

PLAIN = re.compile(r'<span class="[nw]">([^<]*)</span>')


class _Postprocessor(Postprocessor):
    def run(self, text: str) -> str:
        return PLAIN.sub(r"\1", text)


class PlainTokensExtension(Extension):
    """The extension, which goes with `pymdownx.highlight`."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register with a Markdown instance."""
        # After the blocks (30) are back from where Markdown can't touch them.
        md.postprocessors.register(_Postprocessor(md), "plain_tokens", 5)


def makeExtension(**config: object) -> PlainTokensExtension:
    """Return the extension: Python-Markdown's entry point."""
    return PlainTokensExtension(**config)
