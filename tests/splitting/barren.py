"""Made-up texts and pages without a single comment, of many kinds: what a splitter must leave alone."""

from __future__ import annotations

OPINION = """Why I will miss the old bridge
By Jane Roe
I have walked across the old bridge every morning for twenty years, and I never once thought about it. That is what a good bridge does: it lets you think about something else.
Now the council tells us that it will be closed for a year. I understand the reasons, and I even believe the engineers. But I cannot help asking what we lose when we replace a thing that works with a thing that is merely new.
My father used to say that a town is a place where people meet on the way to somewhere else. He was right, of course. The baker knows my name because I pass his window, not because I buy his bread.
Some will call this nostalgia. Perhaps it is. Yet nostalgia is only another word for knowing what something was worth before it was taken away, and I would rather be called sentimental than be surprised.
What should we do? First of all, we should insist on a date. A year has a habit of turning into three, as anybody who remembers the swimming pool will tell you.
Secondly, we should ask for a ferry. It need not be a large one. A rowing boat with a patient man in it would do, and it would cost less than one of the signs that now explain to us why we cannot cross.
And finally, you and I should go down to the river this weekend and look at it. Not to protest! Just to look, and to remember that somebody once thought it worth building well.
I will be there on Saturday at ten. Bring bread for the ducks."""

RECIPE = """Potato soup with leek
Serves 4, ready in 45 minutes
This is the soup that my grandmother made on every rainy Sunday, and it is still the one I turn to when I am tired.
Ingredients
500 g floury potatoes
2 leeks
1 onion
1 litre vegetable stock
100 ml cream
Salt, pepper, nutmeg
A handful of parsley
Method
Peel the potatoes and cut them into small cubes. Wash the leeks well and slice them finely.
Melt some butter in a large pot, add the onion and the leeks, and let them sweat for about ten minutes.
Add the potatoes and the stock, bring everything to the boil and simmer for 25 minutes.
Blend the soup until it is smooth. If you like it chunky, blend only half of it.
Stir in the cream, season to taste and serve with bread.
Tips
You can freeze the soup for up to three months, but leave out the cream and add it later.
Try it with a little bacon on top!"""

FAQ = """Frequently asked questions
How do I reset my password?
Click on "Forgot password" on the sign-in page and enter your e-mail address. We will send you a link that is valid for one hour.
Can I change my user name?
Yes. Go to your settings and choose "Profile". You can change your name once every thirty days.
Why was my payment declined?
Please check that your card has not expired and that the billing address is correct. If the problem persists, contact your bank.
Do you ship abroad?
We ship to all countries of the European Union, to Norway and to Switzerland. Shipping takes three to seven working days.
How can I return an item?
You can return any item within 30 days. Print the label that you find in your account and take the parcel to the nearest post office.
I have another question. Whom can I ask?
Our customer service is there for you from Monday to Friday, 9 am to 5 pm. Write to us or call us, we are happy to help."""

DOCUMENTATION = """Installing the server
Before you begin, make sure that Python 3.11 or newer is installed and that port 8000 is free.
Step 1: Download the archive
Download the latest archive and unpack it into a folder of your choice. You need write access to this folder.
Step 2: Create a configuration
Copy example.toml to config.toml and open it in an editor. The most important settings are the following.
host
The address to listen on. The default is 127.0.0.1.
port
The port to listen on. If you set it to 0, a free port is chosen.
log_level
One of debug, info, warning and error.
Step 3: Start the server
Run ./server --config config.toml. You should see a line that says "ready". If you do not, look into the log.
Troubleshooting
If the server does not start, check whether another program uses the port. You can change the port in the configuration.
Note that the server must be restarted after every change of the configuration."""

PRODUCT = """Trekking backpack Alpina 45
149.95 EUR
In stock, delivered in 2 to 3 days
Add to cart
The Alpina 45 is a robust backpack for tours of several days. The padded back keeps you cool, and the rain cover keeps your things dry.
Specifications
Volume: 45 litres
Weight: 1,650 g
Material: 100 % recycled polyester
Colour: forest green
Size: 68 x 32 x 26 cm
Warranty: 5 years
Delivery: free from 50 EUR
Features
Adjustable back for sizes S to L
Separate compartment for the sleeping bag
Two side pockets and one front pocket
Prepared for a hydration system
Care
Wash by hand with a mild detergent. Do not put it into the dryer.
Customers also bought
Rain jacket Nimbus
Sleeping mat Feather
Water bottle 1 l"""

CHANGELOG = """Changelog
2.4.0 - 2021-03-04
Added support for dark mode
Fixed a crash when the list was empty
The settings page now loads twice as fast
2.3.1 - 2021-02-11
Fixed the login on older phones
Translations updated
2.3.0 - 2021-01-20
New: folders can be shared with other people
New: search in attachments
Removed the old editor
2.2.0 - 2020-11-02
Improved the import of calendars
Fixed time zones in reminders
Known issues: on some tablets the menu flickers"""

INTERVIEW = """“A bridge is never finished”
An interview with the engineer Paula Stein about rust, money and patience
Paula Stein has been responsible for the bridges of the region since 2009. We met her at the old bridge, which will be closed from Monday.
Daily Bridge: Ms Stein, why does the bridge have to be closed?
Stein: Because the cables are sixty years old and were made for forty. We have looked at them every year, and this year we did not like what we saw.
Daily Bridge: Could you not have repaired it earlier?
Stein: We could have, if there had been the money. Every year we wrote a report, and every year it was put into a drawer.
Daily Bridge: Are you angry about that?
Stein: No. A bridge is never finished, and neither is a budget. I am paid to be patient.
Daily Bridge: What will the new cables be made of?
Stein: Of steel, just like the old ones, but each strand is coated. They should last for a hundred years.
Daily Bridge: And will you be there when it opens again?
Stein: I have already bought the shoes.
The interview was conducted by Jane Roe."""

ARTICLES = """Latest stories
Bridge to be closed for a year
By Jane Roe, March 3, 2021
The council decided on Monday to close the old bridge for repairs.
Read more
Mayor resigns after vote
By John Doe, March 2, 2021
After eleven years in office the mayor announced that he would step down in May.
Read more
Flea market returns to the harbour
By Mia May, March 1, 2021
More than two hundred sellers are expected on the first weekend.
Read more
School wins prize for garden
By Jane Roe, February 27, 2021
The jury praised the idea of growing vegetables on the roof.
Read more
Rain expected all week
By John Doe, February 26, 2021
Umbrellas should be kept at hand, the weather service says."""

PROGRAMME = """Summer festival at the old bridge
Friday, 4 June 2021
6:00 pm Opening by the mayor
7:30 pm The River Band, main stage
9:00 pm Fireworks
Saturday, 5 June 2021
10:00 am Market and flea market
11:00 am Puppet theatre for children
2:00 pm Boat race, start at the pier
8:00 pm Anna Lee Quartet, main stage
Sunday, 6 June 2021
11:00 am Open-air church service
1:00 pm Lunch for everybody, please bring a plate
4:00 pm Prize-giving
Admission is free. Dogs must be kept on a lead. In case of rain the concerts take place in the school."""

REPORT = """Bridge closed for repairs
The old bridge across the river will be closed to all traffic from Monday, the city council said in a statement.
According to the engineers, the cables have lost a third of their strength since they were installed in 1961.
“Safety comes first,” said Paula Stein, who is responsible for the bridges of the region. “We could not take the risk of another winter.”
The work is expected to cost four million euros and to take a year. Drivers will be diverted over the motorway, which adds about twenty minutes.
Local shops fear for their customers. “Half of them come across the bridge,” said Tom Baker, who runs a bakery on the northern bank.
The council has promised to look into a ferry for pedestrians and bicycles. A decision is to be taken in April.
The bridge was opened in 1898 and rebuilt after the war. It is used by about nine thousand people a day."""

OBITUARY = """In memory of Walter Finch
Walter Finch, who repaired the clocks of this town for half a century, died on Sunday at the age of 91.
He was born in 1930 as the third son of a ferryman. At the age of fourteen he was apprenticed to the clockmaker Alois Berg, whose shop he took over in 1958.
Many will remember him on his ladder at the town hall, where he wound the clock every Friday at noon. He did so for the last time in 2012.
He never owned a watch himself. “I am surrounded by clocks,” he used to say, “and no two of them agree.”
He leaves a daughter, two grandsons and eleven clocks. The funeral takes place on Thursday at two o’clock."""

PRESS = """Press release
Alpina Outdoor opens its first shop in Norway
Oslo, 12 March 2021. Alpina Outdoor, one of Europe’s leading makers of backpacks, today announced the opening of its first shop in Norway.
“Norway is a country of hikers, and we are proud to be part of it,” said Lars Holm, chief executive of Alpina Outdoor.
The shop in the centre of Oslo covers 400 square metres and employs twelve people. It offers the full range of backpacks, tents and clothing.
Alpina Outdoor was founded in 1974 and has its seat in Innsbruck. In 2020 it had a turnover of 84 million euros.
Press contact: Mia May, press@alpina.example, phone 0123 456789
Pictures for editorial use can be downloaded from our website free of charge."""

MINUTES = """Minutes of the meeting of 8 March 2021
Present: A. Lee (chair), B. Moor, C. Kern, D. Ray
1. Approval of the minutes
The minutes of the last meeting were approved without changes.
2. Closure of the bridge
A. Lee reported on the state of the work. The contract has been signed, and work begins on 15 March.
C. Kern asked about the costs of the diversion. B. Moor explained that they are covered by the county.
3. Ferry
The members agreed to ask for offers until the end of April. D. Ray abstained.
4. Any other business
The key to the boat house has been found.
The meeting closed at 9.15 pm. The next meeting takes place on 12 April 2021."""

TERMS = """Terms and conditions
1. Scope
These terms apply to all orders that you place in our online shop. We do not accept terms of the customer that differ from them.
2. Conclusion of the contract
By clicking on the button “Order now” you place a binding order. The contract is concluded when we accept your order by e-mail.
3. Prices and payment
All prices include value added tax. You can pay by card, by direct debit or in advance.
4. Right of withdrawal
You may withdraw from the contract within fourteen days without giving any reason.
5. Liability
We are liable without limitation for intent and gross negligence. In all other cases our liability is limited to foreseeable damage.
6. Final provisions
The law of the Federal Republic of Germany applies. Should a provision be invalid, the others remain in force."""

JOB = """Bridge engineer (all genders), full time
Your tasks
You inspect bridges and tunnels in the whole region and write reports on their condition.
You plan repairs together with the municipalities and supervise the work.
Your profile
You have a degree in civil engineering and at least three years of experience.
You like to work outdoors, and heights do not frighten you.
You have a driving licence.
We offer
30 days of holiday and flexible hours
A modern office next to the river
Do you have questions? Paula Stein is happy to answer them: jobs@bridges.example.
We look forward to your application until 30 April 2021!"""

TRAVEL = """Three days on the river
Day 1: From the spring to the mill
We started early, when the fog was still lying on the meadows. The path follows the young river, which is hardly wider than a ditch here.
After two hours we reached the mill. There is a small café where you can sit under a lime tree. Try the plum cake, it is worth the climb.
Day 2: Through the gorge
This is the most beautiful part of the tour, but also the hardest. You need sturdy shoes and should not be afraid of ladders.
I slipped twice and lost my hat, which is now on its way to the sea.
Day 3: Into the town
The last day is easy. The river is wide and slow now, and so were we.
We arrived at the old bridge in the evening light, tired and happy. If you want to do the tour yourself, take the bus to the spring; it leaves at 7.10."""

LYRICS = """The ferryman’s song
The river runs below the town
And carries all the summer down,
The boats are gone, the nets are dry,
A single gull is in the sky.
Oh, take me over, ferryman,
And bring me back as soon you can,
I left my heart upon the quay
And have no other one with me.
The water’s high, the water’s wide,
There’s nobody on either side,
But I will row and I will sing
Until the church bells start to ring."""

STORY = """The man who counted boats
Every day at noon old Simon sat down on the wall and counted the boats.
“How many today?” the boys would ask, and Simon would answer, “Enough.”
Nobody knew why he did it. Some said that he was waiting for his brother, who had gone to sea in the year of the flood. Others said that he was simply mad.
One day a stranger came down to the quay and sat down beside him.
“What are you counting?” the stranger asked.
“I am not counting,” said Simon. “I am saying goodbye. It only looks the same from the outside.”
The stranger nodded. They sat there together until the sun went down, and then the stranger got up, tipped his hat and walked across the bridge.
The next day at noon there were two men on the wall."""

QUIZ = """Which bridge are you?
1. What do you do on a rainy Sunday?
a) I stay in bed
b) I go for a walk
c) I repair something
2. Your friends call you
a) reliable
b) spontaneous
c) hard to find
3. How do you cross a river?
a) By the bridge
b) By boat
c) I swim!
Mostly a: you are a stone arch. People lean on you, and you like it.
Mostly b: you are a suspension bridge. You move in the wind, but you never let anybody fall.
Mostly c: you are a ford. You are there only for those who know where to look."""

NEWSLETTER = """Hello dear readers,
spring is here, and so is our newsletter! This month we have put together the best walks along the river for you.
Walk of the month
From the mill to the old bridge in two hours. You will find the map on our website.
What’s on
The flea market opens on 1 May. Don’t miss the boat race on 5 June!
Competition
Send us your most beautiful picture of the river and win a backpack. The closing date is 30 April.
Have a lovely spring,
your team of the Daily Bridge
You receive this newsletter because you have subscribed to it. If you no longer want to receive it, click here."""

WIKI = """Old Bridge (River)
The Old Bridge is a suspension bridge across the river in the north of the town. It was opened in 1898 and is a listed monument.
History
A ferry had existed at this place since the Middle Ages. In 1891 the council commissioned the engineer Otto Kranz to design a bridge.
Construction began in March 1894 and took four years. Eleven workers lost their lives.
In April 1945 the bridge was blown up; it was rebuilt by 1961 in a simplified form.
Description
The bridge is 212 metres long and 9 metres wide. The pylons, which are made of granite, are 31 metres high.
See also
List of bridges in the region
References
Kranz, Otto: The Bridge and its Builders. Innsbruck 1899.
Moor, Birgit: Steel and Stone. In: Yearbook of the History Society, 1988, pp. 12–48."""

ADVICE = """Dear Martha: my neighbour’s boat
Dear Martha, my neighbour keeps his boat in his front garden, and it blocks the light in my kitchen. I have asked him twice to move it, and twice he laughed. What can I do? – Gloomy in the North
Dear Gloomy, a boat in a garden is a dream that has run aground, and dreamers do not like to be asked when they will sail. Do not talk about the light. Ask him where he wants to go.
If he tells you, you have a friend, and friends move their boats. If he does not, you may write to the town hall, which has rules for everything that is longer than five metres.
In the meantime, paint your kitchen white. It helps against neighbours as well.
Yours, Martha"""

PLAIN = {
    "an opinion piece": OPINION,
    "a recipe": RECIPE,
    "questions and answers": FAQ,
    "documentation": DOCUMENTATION,
    "a product": PRODUCT,
    "a changelog": CHANGELOG,
    "an interview": INTERVIEW,
    "a list of articles": ARTICLES,
    "a programme of events": PROGRAMME,
    "a report": REPORT,
    "an obituary": OBITUARY,
    "a press release": PRESS,
    "minutes": MINUTES,
    "terms": TERMS,
    "a job": JOB,
    "a travel story": TRAVEL,
    "lyrics": LYRICS,
    "a short story": STORY,
    "a quiz": QUIZ,
    "a newsletter": NEWSLETTER,
    "an encyclopaedia": WIKI,
    "an advice column": ADVICE,
}
"""Texts, a line per paragraph."""

FRAME = """<!doctype html><html><head><title>Daily Bridge</title></head><body class="single single-post"><header class="site-header"><a class="logo" href="/">Daily Bridge</a>
<nav class="main-navigation"><ul class="menu"><li class="menu-item"><a href="/politics">Politics</a></li><li class="menu-item"><a href="/sport">Sport</a></li><li class="menu-item"><a href="/opinion">Opinion</a></li></ul></nav></header>
<main id="content">{}</main><aside class="sidebar"><div class="widget"><h3>Most read</h3><ol><li><a href="/1">Mayor resigns after vote</a></li><li><a href="/2">Rain expected all week</a></li><li><a href="/3">School wins prize</a></li></ol></div></aside>
<footer class="site-footer"><p>© 2021 Daily Bridge. All rights reserved.</p><a href="/privacy">Privacy policy</a></footer></body></html>"""


def article(text: str) -> str:
    """A text as a page: its first line as the heading, by-line and date, a paragraph a line, sharing buttons."""
    title, *rest = text.split("\n")
    paragraphs = "".join(f"<p>{line}</p>\n" for line in rest)
    return FRAME.format(
        f'<article class="post type-post hentry"><header class="entry-header"><h1 class="entry-title">{title}</h1><div class="entry-meta"><span class="author vcard"><a class="url fn n" href="/author/jane">Jane Roe</a></span> '
        f'<time class="entry-date published" datetime="2021-03-03T10:00:00+00:00">March 3, 2021</time></div></header><div class="entry-content">{paragraphs}</div>'
        '<div class="share"><a href="#">Share</a> <a href="#">Tweet</a> <a href="#">E-mail</a></div></article>'
    )


def cards(item: str, head: str, count: int = 6) -> str:
    """A page with a list of things of the same shape; {i} is their number."""
    inside = "".join(item.replace("{i}", str(i)) for i in range(1, count + 1))
    return FRAME.format(f"<h1>{head}</h1>{inside}")


LISTS = {
    "search results": cards('<div class="result"><h3><a href="/s/{i}">Bridge news {i}</a></h3><span class="date">March {i}, 2021</span><p>The council said on Monday that part {i} of the work had begun …</p></div>', "42 results for bridge"),
    "staff": cards('<div class="member"><img alt=""><h3 class="name">Anna Lee {i}</h3><p class="role">Editor</p><p>Anna writes about the river and joined us on March {i}, 2019. Reach her by e-mail.</p></div>', "Our team"),
    "testimonials of a shop": cards('<div class="feature"><h4>Light as a feather {i}</h4><p>The Alpina weighs only {i} kilograms, and you will not feel it on your back.</p></div>', "Why Alpina"),
    "a live blog": cards('<div class="liveblog-entry"><time datetime="2021-03-03T1{i}:00:00Z">1{i}:00</time><h3>Work has begun</h3><p>The engineers have arrived at the northern bank, as our reporter says, and unloaded cable number {i}.</p></div>', "Live: the bridge closes"),
    "a timeline": cards('<li class="timeline-item"><span class="year">189{i}</span><p>The pylon number {i} is finished. Eleven workers celebrate with beer from the mill.</p></li>', "History of the bridge"),
    "a table of matches": cards('<tr class="match"><td>0{i}.03.2021</td><td>River FC</td><td>{i}:0</td><td>Harbour United</td><td>Jim Bell reports</td></tr>', "Results"),
    "releases": cards('<div class="release"><h2>Version 2.{i}.0</h2><span class="release-date">March {i}, 2021</span> <a class="author" href="/u/jim">jim</a><ul><li>Fixed a crash when the list was empty</li><li>Translations updated</li></ul></div>', "Releases"),
    "job offers": cards('<li class="job"><h3><a href="/jobs/{i}">Bridge engineer {i}</a></h3><span class="company">County of Northbank</span><time datetime="2021-03-0{i}">March {i}</time><p>You inspect bridges and tunnels in the region.</p></li>', "Jobs"),
    "podcast episodes": cards('<article class="episode"><h3><a href="/e/{i}">Episode {i}: rust</a></h3><div class="meta"><span class="host">With Jane Roe</span> <time>March {i}, 2021</time> · 3{i} min</div><p>Jane talks to an engineer about rust, money and patience, in part {i}.</p><button>Play</button><button>Share</button></article>', "Podcast"),
    "authors' columns": cards('<div class="column"><a class="author" href="/author/jane">Jane Roe</a><time datetime="2021-03-0{i}">March {i}, 2021</time><h3><a href="/c/{i}">Why I will miss bridge {i}</a></h3><p>I have walked across it every morning for twenty years, and I never thought about it.</p></div>', "Opinion"),
    "offers of other shops": cards('<li class="product type-product"><a href="/p/{i}"><img alt=""><h2 class="woocommerce-loop-product__title">Backpack {i}</h2></a><span class="price">14{i}.95 EUR</span><div class="star-rating">Rated 4.{i} out of 5</div><a class="button add_to_cart_button">Add to cart</a></li>', "Backpacks"),
    "a glossary": cards('<dl><dt>Pylon {i}</dt><dd>A tower that carries the cables of a bridge; on the old bridge there are {i} of them, made of granite.</dd></dl>', "Glossary"),
    "a gallery": cards('<figure class="gallery-item"><img alt=""><figcaption>The bridge in the fog. Photo: Anna Lee, March {i}, 2021</figcaption></figure>', "Pictures"),
    "teasers with counts": cards('<article class="teaser"><h2><a href="/{i}">Rain again, day {i}</a></h2><p class="byline">by <a class="author" href="/a/jim">Jim Bell</a> | <span class="date">March {i}, 2021</span> | <a href="/{i}#comments">{i} Comments</a></p><p>Umbrellas should be kept at hand this week, the weather service says, as before.</p><a class="more" href="/{i}">Continue reading</a></article>', "Blog"),
}  # fmt: skip

PAGES = {name: article(text) for name, text in PLAIN.items()} | LISTS
"""Pages: each text as an article, and lists of things."""
