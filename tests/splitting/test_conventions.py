"""How the comment systems of the world show posts when they are copied: made-up sections, two or three posts each."""

from typing import NamedTuple

import pytest

from service.splitting import split_text


class Case(NamedTuple):
    name: str
    source: str
    posts: list[tuple[str | None, str]]
    dates: list[str | None] | None = None


ONE, TWO, THREE = (
    "I walked past there yesterday and the bridge was open.",
    "No, it was not. They closed it again at noon.",
    "Who pays for all of this in the end?",
)
CASES = [
    Case(
        "wordpress",
        f"3 thoughts on “The old bridge”\n\nMarilyn says:\nDecember 20, 2016 at 12:37 pm\n{ONE}\nReply\n\nBob K. says:\n"
        f"December 21, 2016 at 9:01 am\n{TWO}\nReply\n\nZed says:\nDecember 22, 2016 at 1:00 pm\n{THREE}\nReply\n\nLeave a Reply\nName *",
        [("Marilyn", ONE), ("Bob K.", TWO), ("Zed", THREE)],
        ["2016-12-20T12:37:00", "2016-12-21T09:01:00", "2016-12-22T13:00:00"],
    ),
    Case(
        "wordpress one line",
        f"Steve November 6, 2012 at 12:27 pm\n{ONE}\n\nAnna Lee November 6, 2012 at 1:00 pm\n{TWO}",
        [("Steve", ONE), ("Anna Lee", TWO)],
    ),
    Case(
        "wordpress reversed",
        f"on 2013-05-02 at 9:14 am Sven Larsson\n{ONE}\n\non 2013-05-03 at 9:20 am Mia\n{TWO}",
        [("Sven Larsson", ONE), ("Mia", TWO)],
        ["2013-05-02T09:14:00", "2013-05-03T09:20:00"],
    ),
    Case(
        "ordinal dates",
        f"Martin Hale\nOctober 1st, 2012 at 2:04 pm\n{ONE}\n\nJo\nOctober 3rd, 2012 at 2:04 pm\n{TWO}",
        [("Martin Hale", ONE), ("Jo", TWO)],
    ),
    Case(
        "typepad footer",
        f"{ONE}\n\nPosted by: Rob4 | October 02, 2012 at 01:55 PM\n\n{TWO}\n\nPosted by: Ann Miller | October 02, 2012 at 02:10 PM\n",
        [("Rob4", ONE), ("Ann Miller", TWO)],
        ["2012-10-02T13:55:00", "2012-10-02T14:10:00"],
    ),
    Case(
        "movable type footer",
        f"{ONE}\n\nPosted by: Paul Reed at November 7, 2012 7:00 AM\n{TWO}\n\nPosted by: kim at November 7, 2012 8:00 AM",
        [("Paul Reed", ONE), ("kim", TWO)],
    ),
    Case(
        "daily mail footer",
        f"{ONE}\n- Mr. J. Smith, Birmingham, England, 15/7/2008 9:03\n{TWO}\n- Ellen, Leeds, 15/7/2008 9:30\n{THREE}\n- Tom, York, 16/7/2008 7:12\n",
        [("Mr. J. Smith", ONE), ("Ellen", TWO), ("Tom", THREE)],
        ["2008-07-15T09:03:00", "2008-07-15T09:30:00", "2008-07-16T07:12:00"],
    ),
    Case(
        "disqus",
        f"Comments\n2 comments\nSomeReader • 3 weeks ago\n{ONE}\n3 • Reply • Share ›\n\nOther One ➤ SomeReader • 2 weeks ago\n{TWO}\n• Reply • Share ›",
        [("SomeReader", ONE), ("Other One", TWO)],
        ["3 weeks ago", "2 weeks ago"],
    ),
    Case(
        "facebook plugin",
        f"Jane Doe\n{ONE}\nLike · Reply · 2 · 3h\n\nMax Power\n{TWO}\nLike · Reply · 1h\n\nSam Hill\n{THREE}\nLike · Reply · 12m",
        [("Jane Doe", ONE), ("Max Power", TWO), ("Sam Hill", THREE)],
    ),
    Case(
        "youtube",
        f"@teaandmaps\n1 week ago\n{ONE}\n15\nReply\n@otherviewer\n2 weeks ago (edited)\n{TWO}\n3\nReply\nView 3 replies\n@third-one\n1 month ago\n{THREE}\nReply",
        [("@teaandmaps", ONE), ("@otherviewer", TWO), ("@third-one", THREE)],
    ),
    Case(
        "youtube one line",
        f"teaandmaps 1 week ago\n{ONE}\n15\nReply\notherviewer 2 weeks ago (edited)\n{TWO}\n3\nReply",
        [("teaandmaps", ONE), ("otherviewer", TWO)],
    ),
    Case(
        "reddit old",
        f"[–]someuser42 57 points 9 hours ago (11 children)\n{ONE}\npermalink embed save parent report give gold reply\n"
        f"[–]bridge_fan 12 points 8 hours ago (0 children)\n{TWO}\npermalink embed save parent report give gold reply",
        [("someuser42", ONE), ("bridge_fan", TWO)],
    ),
    Case(
        "hacker news",
        f"dang on Jan 1, 2025 | parent | prev | next [–]\n{ONE}\nreply\npg on Jan 2, 2025 | root | parent | prev | next [–]\n{TWO}\nreply",
        [("dang", ONE), ("pg", TWO)],
        ["2025-01-01", "2025-01-02"],
    ),
    Case(
        "phpbb",
        f"by r23 » 21 Jan 2012, 17:20\n{ONE}\n\nby Mausi » 21 Jan 2012, 18:44\n{TWO}\n",
        [("r23", ONE), ("Mausi", TWO)],
        ["2012-01-21T17:20:00", "2012-01-21T18:44:00"],
    ),
    Case(
        "slashdot",
        f"by Some User (12345) on Monday July 23, @08:35PM (#40000000) Journal\n{ONE}\nby Other (99) on Monday July 23, @08:50PM (#40000100)\n{TWO}",
        [("Some User", ONE), ("Other", TWO)],
    ),
    Case(
        "sb nation footer",
        f"{ONE}\nby some-fan on Jul 3, 2011 10:15 AM MST up reply\n{TWO}\nby other-fan on Jul 3, 2011 10:20 AM MST up reply",
        [("some-fan", ONE), ("other-fan", TWO)],
    ),
    Case(
        "guardian",
        f"SomeReader 12 Apr 2016 10:04\n{ONE}\nReply | Share\nOtherReader 12 Apr 2016 10:30\n{TWO}\nReply | Share",
        [("SomeReader", ONE), ("OtherReader", TWO)],
    ),
    Case(
        "openweb",
        f"SomeUser1\n9h\n{ONE}\nReply\nShare\n41 Likes\n7 Dislikes\nSecondUser\n8h\n{TWO}\nReply\nShare\n3 Likes",
        [("SomeUser1", ONE), ("SecondUser", TWO)],
    ),
    Case(
        "blogger classic",
        f"maRy said...\n{ONE}\nOctober 3, 2012 at 4:23 PM\nTom W. said...\n{TWO}\nOctober 3, 2012 at 5:23 PM",
        [("maRy", ONE), ("Tom W.", TWO)],
    ),
    Case(
        "blogger threaded",
        f"Blue skyApril 3, 2018 at 7:05 PM\n{ONE}\n\nReplyDelete\nReplies\n\nGreenApril 4, 2018 at 7:05 PM\n{TWO}\n\nDelete\nReply",
        [("Blue sky", ONE), ("Green", TWO)],
    ),
    Case(
        "discourse",
        f"system 12 January 2022, 4:11pm #5\n{ONE}\njane 13 January 2022, 4:11pm #6\n{TWO}",
        [("system", ONE), ("jane", TWO)],
    ),
    Case(
        "numbered theme",
        f"3. Red Kettle - 14 March, 2010\n{ONE}\n4. Blue - 15 March, 2010\n{TWO}",
        [("Red Kettle", ONE), ("Blue", TWO)],
        ["2010-03-14", "2010-03-15"],
    ),
    Case(
        "german wordpress",
        f"2 Kommentare\nAuslandsoesi sagt:\n1. November 2023 um 11:54 Uhr\n{ONE}\nAntworten\nKarl sagt:\n1. November 2023 um 12:00 Uhr\n{TWO}\nAntworten",
        [("Auslandsoesi", ONE), ("Karl", TWO)],
        ["2023-11-01T11:54:00", "2023-11-01T12:00:00"],
    ),
    Case(
        "drupal zerohedge",
        f"Tue, 07/18/2014 - 10:22 | 4971234 Username\n{ONE}\nVote up! 5\nVote down! -1\nTue, 07/18/2014 - 10:30 | 4971240 Another\n{TWO}\nVote up! 2\nVote down! 0",
        [("Username", ONE), ("Another", TWO)],
        ["2014-07-18T10:22:00", "2014-07-18T10:30:00"],
    ),
    Case(
        "intense debate",
        f"Shopper · 612 weeks ago\n{ONE}\nReply\nSeller · 611 weeks ago\n{TWO}\nReply",
        [("Shopper", ONE), ("Seller", TWO)],
    ),
    Case(
        "separators",
        f"{ONE}\n----------\n{TWO}\n----------\n{THREE}\n",
        [(None, ONE), (None, TWO), (None, THREE)],
    ),
    Case(
        "buttons only",
        f"{ONE}\nReply\n{TWO}\nReply\n{THREE}\nReply",
        [(None, ONE), (None, TWO), (None, THREE)],
    ),
    Case(
        "list",
        f"3 Comments\n* {ONE}\n* {TWO}\n* {THREE}",
        [(None, ONE), (None, TWO), (None, THREE)],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_convention(case: Case) -> None:
    section = split_text(case.source)
    assert [(post.author, post.text) for post in section.posts] == case.posts
    if case.dates:
        assert [post.created_at for post in section.posts] == case.dates
    for post in section.posts:
        assert case.source[post.start : post.end] == post.text


@pytest.mark.parametrize("body", ["First!", "Body number {} is here, you know.", ONE])
@pytest.mark.parametrize("name", ["Anna", "Anna{}"])
def test_posts_that_all_say_the_same_stay_posts(name: str, body: str) -> None:
    posts = [(name.format(i), body.format(i)) for i in range(6)]
    source = "".join(f"{who} says:\nMay 1, 2020 at 1:0{i} pm\n{text}\nReply\n\n" for i, (who, text) in enumerate(posts))
    assert [(post.author, post.text) for post in split_text(source).posts] == posts
