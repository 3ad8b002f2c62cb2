"""What a page costs its reader: bytes, requests, and how far things jump while it opens."""

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page, Request

# All shifts added up, where CLS takes the worst five seconds: at least as strict.
SHIFTS = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(shift => sum += shift.value))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 100);
})"""


class Weight(NamedTuple):
    """Of a page opened with an empty cache. Bytes are those of bodies as they travel, compressed."""

    html: int
    first_view: int
    requests: int
    shift: float

    def excess(self, page: str) -> list[str]:
        """Say what is over its limit on a page, named by its address within the site."""
        pairs = zip(self._fields, self, LIMITS, strict=True)
        return [
            f"{page or 'home'}: {name} is {value}, allowed {limit}" for name, value, limit in pairs if value > limit
        ]


LIMITS = Weight(html=42_000, first_view=175_000, requests=27, shift=0.02)


def weigh(page: Page) -> Callable[[], Weight]:
    """Listen to a page before it opens its address; call what this returns when all has arrived."""
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))

    def result() -> Weight:
        sizes = [(request.resource_type == "document", request.sizes()["responseBodySize"]) for request in finished]
        html = sum(size for document, size in sizes if document)
        return Weight(html, sum(size for _, size in sizes), len(sizes), page.evaluate(SHIFTS))

    return result
