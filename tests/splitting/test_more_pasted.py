"""Copied sections of platforms beyond those of test_pasted.py: social networks, messengers, lists, boards, reviews.

Each is four posts by four people, of one or two paragraphs, in the frame in which a browser copies that platform.
"""

import pytest

from service.splitting import split_text
from tests.splitting.test_pasted import AUTHORS, BODIES, Platform

MORE = [
    Platform("lemmy", "{name}@lemmy.example\n{n} hours ago\n\n{body}\n1{n}\nreply\n", "4 comments\nSort by: Hot\n", authors=False),
    Platform("stack overflow", "{n}\n{body}\n– {name}\nCommentedMar {n}, 2021 at 10:0{n}\n"),
    Platform("stack overflow, older", "{body} – {name} Mar {n} '21 at 10:0{n}\n"),
    Platform("quora", "Profile photo for {name}\n{name}\n · {n}y\n{body}\nUpvote\n · \nReply\n"),
    Platform("instagram", "{name}\n{n}w\n{body}\n1{n} likes\nReply\nSee translation\n"),
    Platform("instagram, alt texts", "{name}'s profile picture\n{name}\n \n{body}\n{n}w1{n} likesReply\n"),
    Platform("tiktok", "{name}\n{body}\n{n}d ago\nReply\n1{n}\n"),
    Platform("tiktok, dates", "{name}\n{body}\n2023-3-{n}\nReply\n"),
    Platform("substack", "{name}\nMar {n}\n\n{body}\n\nLike ({n})\nReply\nShare\n\n", "4 Comments\n"),
    Platform("substack, expanded", "{name}\n{n}d\n\n{body}\n\nExpand full comment\nReply\nShare\n{n} replies\n\n"),
    Platform("medium", "{name}\n\nMar {n}, 2021\n\n{body}\n\n1{n}\n\n{n} reply\n\nReply\n\n", "Responses (4)\n\n"),
    Platform("coral", "{name}\n{n} days ago\n{body}\nRespect ({n})\nReply\nShare\nReport\n", "All Comments (4)\n"),
    Platform("viafoura", "{name}\n{n} hours ago\n{body}\nReply\nShare\n1{n}\n{n}\n", "Comments (4)\nSort by\nNewest\n"),
    Platform("hyvor", "{name}\n{n} months ago\n{body}\nReply\n👍 {n}\n"),
    Platform("github", "{name} commented Mar {n}, 2021\n{body}\n"),
    Platform("giscus", "{name}\nMar {n}, 2021\n\n{body}\n\n{n}\n0 replies\n"),
    Platform("ghost", "{name}\nEngineer · {n} months ago\n{body}\n{n}\nReply\nMore\n", "Member discussion: 4 comments\n"),
    Platform("bluesky", "{name}\n‪@user{n}.bsky.social‬\n · {n}h\n{body}\n{n}\n1\n1{n}\n", authors=False),
    Platform("mastodon web", "{name}\n@user{n}@example.social\n{n}h\n{body}\n", authors=False),
    Platform("x", "{name}\n@user{n}\n·\nMar {n}, 2021\n{body}\n{n}\n1{n}\n2{n}\n", authors=False),
    Platform("threads", "{name}\n{n}d\n{body}\nLike\n1{n}\nComment\n{n}\n"),
    Platform("linkedin", "{name}\n • 3rd+\nEngineer at Acme {n}\n{n}w\n{body}\nLike\nReply\n{n} reactions\n", authors=False),
    Platform("facebook site", "{name}\n{body}\n{n}d\nLike\nReply\n{n}\n"),
    Platform("vk", "{name}\n{body}\n{n} мар 2021 в 10:0{n}\nОтветить\nПоделиться\n"),
    Platform("imageboard", "Anonymous 03/0{n}/21(Mon)10:05:1{n} No.12345678{n}\n{body}\n", authors=False),
    Platform("slashdot", "Re:The bridge (Score:{n}, Insightful)\nby {name} ( 12345{n} ) on Monday March 01, 2021 @10:0{n}AM (#6111000{n})\n{body}\nReply to This\n"),
    Platform("metafilter", "{body}\nposted by {name} at 10:0{n} AM on March {n}, 2021 [{n} favorites]\n\n"),
    Platform("livejournal", "From: {name}\nDate: March {n}st, 2021 10:0{n} am (UTC)\n{body}\n(Reply) (Thread)\n"),
    Platform("livejournal, new", "{name}\nMarch {n} 2021, 10:05:1{n} UTC\n{body}\nReply\nThread\n"),
    Platform("telegram", "{name}, [0{n}.03.2021 10:05]\n{body}\n\n"),
    Platform("whatsapp", "[0{n}.03.21, 10:05:1{n}] {name}: {body}\n"),
    Platform("whatsapp, android", "{n}/3/21, 10:05 AM - {name}: {body}\n"),
    Platform("discord", "{name} — 03/0{n}/2021 10:05 AM\n{body}\n"),
    Platform("slack", "{name}\n  10:0{n} AM\n{body}\n"),
    Platform("mailing list", "From: {name} <user{n}@example.org>\nDate: Mon, {n} Mar 2021 10:05:12 +0000\nSubject: Re: The bridge\n\n{body}\n\n"),
    Platform("google groups", "{name}\nunread,\nMar {n}, 2021, 10:05:1{n} AM\nto bridges\n{body}\n", authors=False),
    Platform("amazon", "{name}\n{n}.0 out of 5 stars A bridge\nReviewed in the United Kingdom on {n} March 2021\nVerified Purchase\n{body}\n{n} people found this helpful\nHelpful\nReport\n", authors=False),
    Platform("steam", "{name} Mar {n}, 2021 @ 10:0{n}am \n{body}\n#{n}\n"),
    Platform("heise", "{name}\n{n}. März 2021, 10:05:1{n}\n{body}\nantworten\nmelden\n"),
    Platform("ars technica", "{name}\nArs Praefectus\n1{n}y\n1,20{n}\nMar {n}, 2021\nAdd bookmark\n#{n}\n{body}\nUpvote\n0 ({n} / -{n})\n", authors=False),
    Platform("washington post", "{name}\n3/{n}/21\n{body}\nLike\n1{n}\nReply\nLink\nReport\n"),
    Platform("xenforo 2, bare", "{name}\nMember\nSep 2{n}, 2020\nAdd bookmark\n#{n}\n{body}\nLike Reply\n", authors=True),
    Platform("xenforo 2, initials", "A\n{name}\nNew member\nJoined\nMar {n}, 2015\nMessages\n1{n}\nSep 2{n}, 2020\n#{n}\n{body}\nReply\n", authors=True),
    Platform("xenforo 2, full", "{name}\nWell-known member\nJoined\nMar {n}, 2015\nMessages\n1,20{n}\nReaction score\n33{n}\nSep 2{n}, 2020\n#{n}\n{body}\nReactions: Erik and Fay\n"),
    Platform("invision", "{name}\nMembers\n 1,20{n}\nGender:Male\nPosted March {n}, 2021\n{body}\nQuote\n", authors=True),
    Platform("mybb", "{name} \nJunior Member\n**\nPosts: {n}\nThreads: {n}\nJoined: Mar 2020\n#{n}\n03-0{n}-2021, 10:05 AM\n{body}\nFind\nReply\n", authors=True),
    Platform("smf", "{name}\nHero Member\nPosts: 120{n}\nRe: The bridge\n« Reply #{n} on: March 0{n}, 2021, 10:05:12 am »\n{body}\nLogged\n", authors=True),
    Platform("german news", "{name}\n\n0{n}.03.2021 – 10:0{n} Uhr\n\n{body}\n\nAntworten Melden Empfehlen ({n})\n\n", "4 Leserkommentare\n\n"),
    Platform("french news", "{name}\nle {n} mars 2021 à 10h0{n}\n{body}\nSignaler\nRépondre\n", "4 réactions\n"),
    Platform("spanish news", "{name}\nhace {n} horas\n{body}\nResponder\nMe gusta {n}\nCompartir\n", "4 comentarios\n"),
    Platform("italian news", "{name}\n{n} marzo 2021 alle 10:0{n}\n{body}\nRispondi\nSegnala\n", "4 commenti\n"),
    Platform("dutch news", "{name}\n0{n}-03-2021 10:0{n}\n{body}\nReageer\nRapporteer\n", "4 reacties\n"),
    Platform("polish news", "{name}\n{n} godz. temu\n{body}\nOdpowiedz\nZgłoś\n", "4 komentarze\n"),
    Platform("portuguese news", "{name}\nHá {n} horas\n{body}\nResponder\nDenunciar\n", "4 comentários\n"),
    Platform("play store", "{name}\nmore_vert\nMarch {n}, 2021\n{body}\n{n} people found this review helpful\nDid you find this helpful?\nYes\nNo\n"),
    Platform("trustpilot", "{name}\n{n} reviews\nGB\nMar {n}, 2021\n{body}\nDate of experience: March 0{n}, 2021\nUseful\nShare\n", authors=False),
    Platform("goodreads", "{name}\n1{n} reviews\nMarch {n}, 2021\n{body}\n{n} likes\n{n} comments\nLike\nComment\n", authors=False),
]  # fmt: skip


@pytest.mark.parametrize("platform", MORE, ids=[platform.name for platform in MORE])
def test_platform(platform: Platform) -> None:
    posts = [
        platform.template.format(name=name, n=n, body=body)
        for n, (name, body) in enumerate(zip(AUTHORS, BODIES, strict=True), 1)
    ]
    source = platform.before + "".join(posts) + platform.after
    section = split_text(source)
    assert ["".join(post.text.split()) for post in section.posts] == ["".join(body.split()) for body in BODIES]
    if platform.authors:
        assert [post.author for post in section.posts] == AUTHORS


THREAD = [("Anna", 0), ("bob", 1), ("Carl", 2), ("dora", 1), ("Erik", 0)]
PARENTS = [None, "Anna", "bob", "Anna", None]


@pytest.mark.parametrize(
    "template",
    [
        "{name} 5 points 3 hours ago\n{body}\npermalink embed save report reply\n",
        "{name} 2 hours ago | parent | next [-]\n\n{body}\n\nreply\n\n",
        "Re:The bridge (Score:2)\nby {name} (12345) on Monday March 01, 2021 @10:05AM (#61110001)\n{body}\nReply to This\n",
    ],
)
def test_indentation_tells_who_answers_whom(template: str) -> None:
    source = "".join(
        "".join(
            "    " * depth + line
            for line in template.format(name=name, body=f"What {name} has to say about the bridge.").splitlines(True)
        )
        for name, depth in THREAD
    )
    posts = split_text(source).posts
    names = {post.id: post.author for post in posts}
    assert [post.author for post in posts] == [name for name, _ in THREAD]
    assert [names.get(post.parent_id or "") for post in posts] == PARENTS


def test_a_number_tells_who_answers_whom() -> None:
    source = "".join(
        f"level {depth + 1}\n{name}\n· 1 yr. ago\nWhat {name} has to say.\n\n3\nReply\nShare\nReport\nSave\nFollow\n"
        for name, depth in THREAD
    )
    posts = split_text(source).posts
    names = {post.id: post.author for post in posts}
    assert [names.get(post.parent_id or "") for post in posts] == PARENTS


def test_indentation_without_a_thread_tells_nothing() -> None:
    source = "".join(
        f"{' ' * indent}{name} says:\nMay 1, 2020 at 1:0{indent} pm\nWhat {name} has to say.\nReply\n\n"
        for (name, _), indent in zip(THREAD, (3, 0, 5, 1, 2), strict=True)
    )
    posts = split_text(source).posts
    assert [post.author for post in posts] == [name for name, _ in THREAD]
    assert {post.parent_id for post in posts} == {None}


def test_messengers_dates_are_read() -> None:
    source = "[01.03.21, 10:05:12] Anna Lee: The bridge is open.\n[01.03.21, 10:06:40] bob_77: No.\nIt is not.\n[02.03.21, 09:00:01] Anna Lee: Oh.\n"
    section = split_text(source)
    assert [(post.author, post.created_at, post.text) for post in section.posts] == [
        ("Anna Lee", "2021-03-01T10:05:12", "The bridge is open."),
        ("bob_77", "2021-03-01T10:06:40", "No.\nIt is not."),
        ("Anna Lee", "2021-03-02T09:00:01", "Oh."),
    ]
    assert [source[post.start : post.end] for post in section.posts] == [post.text for post in section.posts]
