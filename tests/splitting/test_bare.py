"""Text without names and dates. What a moderator pastes is a comment unless it clearly is an article."""

import pytest

from service.splitting import split_text

REPORT = [
    "The council said on Monday that the old bridge over the river would be closed for repairs in the spring, and that traffic would be led over the new bridge.",
    "According to the mayor, the work will cost about four million and take a year, unless the winter is mild and the supplies of steel arrive in time.",
    "Officials noted that the bridge was last repaired in 1987, when a ship had damaged two of its piers and traffic was stopped for several weeks.",
    "A spokesman for the port said the owners of ships had been told of the plans in March and had raised no objections to the closing.",
    "The state is expected to pay for a third of the cost, and the council will vote on the rest of the budget in its next meeting in June.",
    "Engineers who examined the piers reported that the steel had lost a fifth of its strength since the last inspection of the structure.",
]
COMMENTS = [
    "I don't believe a word of this!",
    "You people voted for him, so why are you surprised??",
    "lol, four million for that rusty thing",
    "My dad helped to paint it in 1987, good times.",
]


@pytest.mark.parametrize(
    "text",
    [
        "you are an idiot",
        "You are an idiot.",
        "KYS",
        "🙂",
        "Reply",
        "3 hours ago",
        "12 comments",
        "Source: trust me",
        "The mayor said on Monday that the bridge would be closed.",
        "@bob no",
        REPORT[0],
        "word " * 2000,
    ],
)
def test_a_single_line_is_one_post(text: str) -> None:
    section = split_text(text)
    assert [post.text for post in section.posts] == [text.strip()]
    assert section.article is None


@pytest.mark.parametrize("text", ["", " \n\t\r\n "])
def test_nothing_is_no_post(text: str) -> None:
    assert split_text(text).posts == ()


def test_a_name_and_an_age_above_a_single_comment() -> None:
    (post,) = split_text("John Smith\n2 hours ago\nyou are an idiot\nReply").posts
    assert (post.author, post.created_at, post.text) == ("John Smith", "2 hours ago", "you are an idiot")


def test_bare_comments_are_posts_of_their_own() -> None:
    section = split_text("\n".join(COMMENTS))
    assert [post.text for post in section.posts] == COMMENTS
    assert section.article is None


def test_an_article_above_bare_comments_is_set_apart() -> None:
    source = "\n".join(REPORT + COMMENTS)
    section = split_text(source)
    assert [post.text for post in section.posts] == COMMENTS
    assert section.article is not None
    assert source[section.article.start : section.article.end] == "\n".join(REPORT)


def test_an_article_alone_has_no_posts() -> None:
    source = "\n".join(REPORT)
    section = split_text(source)
    assert section.posts == ()
    assert section.article is not None and (section.article.start, section.article.end) == (0, len(source))


MENU = [
    *(
        "Home",
        "Politics",
        "Sports",
        "Opinion",
        "Weather",
        "Videos",
        "Newsletter",
        "Log in",
        "Subscribe",
        "Search",
        "Bridge closes for a year",
    ),
    *("By Jane Roe", "March 3, 2021", "Share", "Share on Facebook", "Print"),
]
FOOT = [
    *(
        "Related articles",
        "Mayor resigns",
        "By John Doe",
        "March 2, 2021",
        "Read more",
        "Flea market",
        "By Mia May",
        "March 1, 2021",
        "Read more",
    ),
    *("About us", "Contact", "Privacy policy", "Terms of use", "© 2021 The Daily Bridge"),
]
RECIPE = [
    "Ingredients",
    "500 g potatoes",
    "1 onion",
    "Method",
    "Peel the potatoes and cut them into small cubes.",
    "Blend and serve with bread.",
]
POEM = [
    "The river runs below the town",
    "And carries all the summer down,",
    "The boats are gone, the nets are dry,",
    "A single gull is in the sky.",
]


@pytest.mark.parametrize("words", [REPORT, RECIPE, POEM, REPORT + RECIPE])
@pytest.mark.parametrize("joint", ["\n", "\n\n"])
def test_a_whole_page_without_comments_has_no_posts(words: list[str], joint: str) -> None:
    section = split_text(joint.join(MENU + words + FOOT))
    assert section.posts == () and section.article is not None


def test_a_whole_page_with_comments_has_them() -> None:
    said = [
        f"{name} says:\nMarch {day}, 2021 at 1:05 pm\n{text}\nReply"
        for day, (name, text) in enumerate(zip(("Anna", "Bob", "Carl", "Dora"), COMMENTS, strict=True), 1)
    ]
    source = "\n".join(MENU + REPORT + ["4 comments"] + said + ["Leave a Reply", "Name *"] + FOOT)
    assert [(post.author, post.text) for post in split_text(source).posts] == list(
        zip(("Anna", "Bob", "Carl", "Dora"), COMMENTS, strict=True)
    )


def test_an_article_broken_at_a_fixed_width() -> None:
    broken = "\n".join(text[i : i + 70] for text in REPORT for i in range(0, len(text), 70))
    section = split_text(broken + "\n" + "\n".join(COMMENTS))
    assert [post.text for post in section.posts][-3:] == COMMENTS[-3:]
    assert section.article is not None and (section.article.end or 0) >= len(broken) - 200


def test_blank_lines_part_posts_where_others_have_none() -> None:
    section = split_text(f"{COMMENTS[0]}\n{COMMENTS[1]}\n\n{COMMENTS[2]}\n\n{COMMENTS[3]}")
    assert [post.text for post in section.posts] == [f"{COMMENTS[0]}\n{COMMENTS[1]}", *COMMENTS[2:]]


def test_a_signature_belongs_to_the_post_above() -> None:
    section = split_text(f"{COMMENTS[0]}\n~ Jim\n{COMMENTS[1]}\n{COMMENTS[2]}")
    assert section.posts[0].text == f"{COMMENTS[0]}\n~ Jim"


def test_quoted_lines_are_marked_with_their_author() -> None:
    source = "Anna says:\nMay 1, 2020 at 1:00 pm\nThe bridge is open.\n\nBob says:\nMay 1, 2020 at 2:00 pm\nAnna wrote:\n> The bridge is open.\nIt is not.\n"
    reply = split_text(source).posts[1]
    assert [(reply.text[q.start : q.end], q.author) for q in reply.quotes] == [("> The bridge is open.", "Anna")]


def test_answers_know_whom_they_answer() -> None:
    source = "Anna • 2 hours ago\nThe bridge is open.\nReply\nBob ➤ Anna • 1 hour ago\nIt is not.\nReply\nCarl • 1 hour ago\n@Bob yes it is.\nReply"
    posts = split_text(source).posts
    assert [post.parent_id for post in posts] == [None, posts[0].id, posts[1].id]
