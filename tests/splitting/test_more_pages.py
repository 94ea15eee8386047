"""Pages of platforms that the splitter does not know by name, with their classes and without."""

import pytest

from benchmarks.splitting import nameless
from service.splitting import split_html
from tests.splitting.more_pages import MORE_PAGES, UNDATED
from tests.splitting.platform_pages import THREAD

WANTED = [(comment.who, comment.text) for comment in THREAD if not comment.removed]
NESTED = [
    "lemmy", "substack", "guardian, 2023", "coral", "viafoura", "hyvor", "wordpress blocks", "livejournal", "slashdot", "quora"
]  # fmt: skip
FEWEST_NAMELESS = 18
"""So many of the pages are read even where every class and id is meaningless."""


@pytest.mark.parametrize("name", MORE_PAGES)
def test_platform(name: str) -> None:
    for selectors in (True, False):
        section = split_html(MORE_PAGES[name], selectors=selectors)
        assert [(post.author, post.text) for post in section.posts] == WANTED
        if name not in UNDATED:
            assert all(post.created_at for post in section.posts)


@pytest.mark.parametrize("name", NESTED)
def test_answers_know_what_they_answer(name: str) -> None:
    first, second, third, fourth = split_html(MORE_PAGES[name]).posts
    assert [first.parent_id, second.parent_id, third.parent_id, fourth.parent_id] == [None, first.id, None, third.id]


def test_pages_whose_names_mean_nothing() -> None:
    texts = [text for _, text in WANTED]
    read = [
        name for name, page in MORE_PAGES.items() if [p.text for p in split_html(nameless(page), False).posts] == texts
    ]
    assert len(read) >= FEWEST_NAMELESS, read
