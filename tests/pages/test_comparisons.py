"""Words that compare are found in prose, with what turns them round."""

from pages.comparisons import COMPARING, DENYING, find_comparisons

PAGE = """# More is better

<!-- claim "never above": (a <= b).all() -->
The first is never above the second. Bigger isn't
`faster`, says $a > b$ [more](less.md).

```python
more = 1
```

<figure markdown>
![It falls](../assets/figures/worse.svg)
</figure>
"""


def test_words_in_prose_are_found_and_those_in_claims_marked():
    found = [(word.word, word.opposite, word.claimed, word.denies) for word in find_comparisons(PAGE, "page.md")]
    assert found == [
        ("never", "always", True, False),
        ("above", "below", True, False),
        ("Bigger", "Smaller", False, False),
        ("isn't", "is", False, True),
        ("more", "less", False, False),
        ("falls", "rises", False, False),
    ]
    assert [PAGE[word.start :].startswith(word.word) for word in find_comparisons(PAGE, "page.md")] == [True] * 6


def test_no_word_is_its_own_opposite_and_none_is_of_two_kinds():
    assert all(word != opposite for word, opposite in (COMPARING | DENYING).items())
    assert not COMPARING.keys() & DENYING.keys()
    assert COMPARING["above"] == "below"
    assert COMPARING["below"] == "above"
    assert COMPARING["bigger"] == "smaller"
    assert "bigger" not in COMPARING.values()
