"""Copied sections in the conventions of more platforms: ranks, mottos, votes and joined dates around posts of several paragraphs."""

from typing import NamedTuple

import pytest

from service.splitting import split_text

A = "I walked past there yesterday and the bridge was open."
B1, B2 = "No, it was not. They closed it again at noon.", "My neighbour works there and she told me so."
C = "Who pays for all of this in the end?"
D1, D2 = "We all do, as always!", "Look at the budget of last year, page twelve."
AUTHORS = ["Anna Lee", "bob_77", "Carl", "dora99"]


class Platform(NamedTuple):
    """template: one post, with {name}, {n} (1 to 4) and {body}; before and after: what stands around the posts."""

    name: str
    template: str
    before: str = ""
    after: str = ""
    authors: bool = True


PLATFORMS = [
    Platform(
        "wordpress",
        "{name} says:\nMarch {n}, 2021 at 1{n}:05 pm\n\n{body}\n\nReply\n",
        "4 thoughts on “The bridge”\n\n",
        "\nLeave a Reply\nYour email address will not be published. Required fields are marked *\nComment *\n",
    ),
    Platform(
        "wordpress numbered",
        "{n}. {name} on March {n}, 2021 at 1:05 pm said:\n\n{body}\n\nReply ↓\n",
        "4 Responses to The bridge\n\n",
    ),
    Platform(
        "wordpress avatar alt",
        "{name}'s avatar\n{name}\nMarch {n}, 2021 at 1:05 pm\n{body}\nReply\n",
        "4 comments\n",
        authors=False,
    ),
    Platform(
        "disqus",
        "Avatar\n{name}\n• {n} years ago\n\n{body}\n\n{n}\n•\nReply\n•\nShare ›\n",
        "4 Comments\nThe Daily Bridge\n🔒 Disqus' Privacy Policy\n\n",
    ),
    Platform("disqus one line", "{name} • {n} days ago\n{body}\n{n} • Reply • Share ›\n"),
    Platform(
        "facebook plugin",
        "{name}\n{body}\nLike · Reply · {n}h\n",
        "4 comments\nSort by \nOldest\n",
        "\nFacebook Comments Plugin\n",
    ),
    Platform(
        "facebook with work",
        "{name} · Works at Acme Corp\n{body}\nLike · Reply · {n} · Mar {n}, 2017 9:14am\n",
        authors=False,
    ),
    Platform("facebook mobile", "{name}\n{body}\n{n}h  Like  Reply\n"),
    Platform(
        "reddit old",
        "[–]{name} {n} points {n} hours ago (0 children)\n\n{body}\n\n    permalink\n    embed\n    save\n    report\n    reply\n\n",
    ),
    Platform(
        "reddit redesign", "level {n}\n{name}\n· {n} yr. ago\n{body}\n\n{n}\nReply\nShare\nReport\nSave\nFollow\n"
    ),
    Platform(
        "reddit new",
        "u/{name}\n•\n{n}h ago\n{body}\n\nUpvote\n{n}\n\nDownvote\n\nReply\nreply\n\nAward\n\nShare\nShare\n\n",
        authors=False,
    ),
    Platform("hacker news", "{name} {n} hours ago [-]\n\n{body}\n\nreply\n\n"),
    Platform("hacker news 2023", "{name} on Jan {n}, 2025 | parent | prev | next [–]\n\n{body}\n\n"),
    Platform(
        "youtube",
        "@{name}\n{n} years ago\n{body}\n\n{n}\n\nReply\n\n{n} replies\n",
        "4 Comments\nSort by\nAdd a comment...\n",
        authors=False,
    ),
    Platform("phpbb", "Re: The bridge\nPost by {name} » Tue Mar 0{n}, 2021 5:2{n} pm\n\n{body}\nTop\n"),
    Platform("phpbb quote button", "The bridge\n\nQuote\n#{n}\nby {name} » 0{n} Mar 2021, 17:20\n\n{body}\n\nTop\n\n"),
    Platform(
        "vbulletin 3",
        "0{n}-03-2021, 06:0{n} PM   #{n}\n{name}\nSenior Member\n \nJoin Date: May 2008\nLocation: Kiel\nPosts: 1,20{n}\n\n{body}\n{name} is offline   Reply With Quote\n",
        authors=False,
    ),
    Platform(
        "vbulletin 4",
        "0{n}.03.2021, 18:0{n} #{n}\n{name}\nBenutzer\nRegistriert seit\n05.2008\nBeiträge\n12{n}\n\n{body}\nZitieren\n",
        authors=False,
    ),
    Platform(
        "xenforo 2",
        "{name}\nWell-known member\nJoined\nMar {n}, 2015\nMessages\n1,20{n}\nReaction score\n33{n}\nSep 2{n}, 2020\n#{n}\n{body}\nReactions: Erik and Fay\n",
        authors=False,
    ),
    Platform("xenforo 1", "{body}\n{name}, Sep 2{n}, 2020\n#{n}\nLike\nReply\n"),
    Platform("discourse", "{name}\nMar {n}, 2021\n{body}\n\n{n} Likes\n", authors=True),
    Platform("discourse crawler", "{name} March {n}, 2021, 4:1{n}pm #{n}\n\n{body}\n"),
    Platform(
        "blogger",
        "{name} said...\n{body}\nMarch {n}, 2021 at 1{n}:05 PM\n",
        "4 comments:\n\n",
        "\nPost a Comment\n\nNewer Post Older Post Home\nSubscribe to: Post Comments (Atom)\n",
    ),
    Platform("blogger threaded", "{name}March {n}, 2021 at 1:05 PM\n{body}\n\nReplyDelete\n", "4 comments:\n\n"),
    Platform("typepad", "{body}\n\nPosted by: {name} | March 0{n}, 2012 at 01:5{n} PM\n\n", "Comments\n\n"),
    Platform("typepad reply", "{body}\n\nPosted by: {name} | Mar {n}, 2012 1:5{n}:00 PM | Reply\n\n"),
    Platform("movable type", "{body}\n\nPosted by: {name} at March {n}, 2012 7:00 AM\n\n"),
    Platform("livefyre points", "{name} {n} pts\n{body}\nLike Reply\n", authors=False),
    Platform(
        "livefyre names",
        "{name}\n\n{body}\n\n",
        "Sign in\n+ Follow\nPost comment\nNewest | Oldest\n",
        "Powered by Livefyre\n",
    ),
    Platform("openweb", "{name}\n{n}h\n\n{body}\n\nReply\nShare\n4{n} Likes\n{n} Dislikes\n"),
    Platform(
        "huffpost",
        "{name}\nOnward through the fog!\n{n}27 Fans\n{n} minutes ago (7:1{n} PM)\n{body}\nHistory | Permalink | Share it\n",
        "Recency |\nPopularity\nPage: 1 2 3\n",
    ),
    Platform("guardian", "{name} 1{n} Apr 2016 10:04\n\n{n} {n}\n\n{body}\n\nReply | Share\n\n"),
    Platform("nyt", "{name}\nBoston\nMarch {n}\n\n{body}\n\nReply\n{n} Recommend\nShare\nFlag\n", authors=False),
    Platform(
        "daily mail", "{name}, London, United Kingdom, {n} hours ago\n{body}\nClick to rate\n1{n}\n{n}\n", authors=False
    ),
    Platform("zeit", "{name}\n#{n}  —  vor {n} Stunden\n{body}\nAntworten\nMelden\n"),
    Platform("mastodon", "{name} @{n}user@example.social\n{n}h\n{body}\n", authors=False),
    Platform("launchpad", "{name} (user{n}) wrote on 2021-03-0{n}: #{n}\n\n{body}\n\n", authors=False),
    Platform("chat", "{name}: {body}\n"),
    Platform("irc", "<{name}> {body}\n", authors=False),
]
BODIES = [A, f"{B1}\n\n{B2}", C, f"{D1}\n{D2}"]


@pytest.mark.parametrize("platform", PLATFORMS, ids=[platform.name for platform in PLATFORMS])
def test_platform(platform: Platform) -> None:
    parts = [
        platform.template.format(name=name, n=number, body=body)
        for number, (name, body) in enumerate(zip(AUTHORS, BODIES, strict=True), start=1)
    ]
    section = split_text(platform.before + "".join(parts) + platform.after)
    assert [post.text.split() for post in section.posts] == [body.split() for body in BODIES]
    if platform.authors:
        assert [post.author for post in section.posts] == AUTHORS
