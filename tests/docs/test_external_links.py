"""Whatever external link a reader finds on a page is one that the weekly check knows."""

from urllib.parse import urlsplit

from sitetools.links import find_links
from tests.support.pages import ROOT

ELSEWHERE = {"127.0.0.1", "colab.research.google.com"}  # the site itself as the tests publish it, and its notebooks


def test_the_list_has_every_link_of_a_page(page, article):
    shown = {str(link["href"]) for link in article(page).select("a[href^=http]:not(.md-content__button)")}
    assert {link for link in shown if urlsplit(link).hostname not in ELSEWHERE} <= find_links(ROOT).keys()
