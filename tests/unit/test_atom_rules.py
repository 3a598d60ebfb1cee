"""The rules of the feed validator can fail: each is broken by a document that lacks nothing else."""

from datetime import UTC, datetime

import pytest
from fixtures.atom_rules import RULES, broken, ungrammatical

NOW = datetime(2026, 11, 30, tzinfo=UTC)
URL = "https://city.example/announcements.atom?lang=en"
TYPE = "application/atom+xml; charset=utf-8"
FEED = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>tag:city.example,2026:a/en</id><title>Notices</title>
<updated>2026-11-24T01:00:00Z</updated><author><name>City</name></author><link rel="self" href="{URL}"/>
<icon>https://city.example/icon.svg</icon>
<entry><id>tag:city.example,2026:a/1/en</id><title>One</title><updated>2026-11-24T01:00:00Z</updated>
<link rel="alternate" type="text/html" hreflang="en" href="https://city.example/1"/><category term="water"/>
<link rel="enclosure" type="image/png" length="12" href="https://city.example/1.png"/>
<content type="html">&lt;p&gt;Off &lt;img src="https://city.example/1.png"&gt;&lt;/p&gt;</content></entry>
<entry><id>tag:city.example,2026:a/2/en</id><title>Two</title><updated>2026-11-23T01:00:00Z</updated>
<link rel="alternate" type="text/html" href="https://city.example/2"/><content type="html">Two</content></entry>
</feed>"""
ALTERNATE = '<link rel="alternate" type="text/html" hreflang="en" href="https://city.example/1"/>'
BREAKS = {
    "MissingElement": ("<title>Two</title>", ""),
    "DuplicateElement": ("<title>Two</title>", "<title>Two</title><title>Two</title>"),
    "UndefinedElement": ("<title>Two</title>", "<title>Two</title><headline>Two</headline>"),
    "MissingAuthor": ("<author><name>City</name></author>", ""),
    "MissingName": ("<name>City</name>", "<uri>https://city.example/</uri>"),
    "InvalidTAG": ("tag:city.example,2026:a/1/en", "tag:city.example:a/1/en"),
    "UnexpectedWhitespace": ("<icon>https", "<icon> https"),
    "DuplicateEntries": ("a/2/en", "a/1/en"),
    "DuplicateUpdated": ("2026-11-23T", "2026-11-24T"),
    "InvalidRFC3339Date": ("2026-11-23T01:00:00Z", "2026-11-31T01:00:00Z"),
    "FutureDate": ("2026-11-23T01:00:00Z", "2027-11-23T01:00:00Z"),
    "MissingSelf": (f'<link rel="self" href="{URL}"/>', ""),
    "SelfDoesntMatchLocation": ("announcements.atom?lang=en", "announcements.atom"),
    "MissingAlternate": (
        '<link rel="alternate" type="text/html" href="https://city.example/2"/><content type="html">Two</content>',
        "",
    ),
    "DuplicateAtomLink": (ALTERNATE, ALTERNATE * 2),
    "MissingHref": (' href="https://city.example/2"', ' href=""'),
    "UnregisteredAtomLinkRel": ('rel="enclosure"', 'rel="picture"'),
    "InvalidFullLink": ('href="https://city.example/2"', 'href="/2"'),
    "InvalidMIMEType": ('type="image/png"', 'type="png"'),
    "InvalidLanguage": ('hreflang="en"', 'hreflang="en_GB"'),
    "InvalidIntegerAttribute": ('length="12"', 'length="12 kB"'),
    "MissingSummary": ('<content type="html">Two', '<content type="image/png">Two'),
    "MissingTerm": ('term="water"', 'term=""'),
    "NotHtml": ("&lt;/p&gt;", ""),
    "SecurityRisk": ("&lt;img src", "&lt;img onload=x src"),
    "ContainsRelRef": ('src="https://city.example', 'src="'),
    "ContainsUndeclaredHTML": ("<title>Two", "<title>&lt;b&gt;Two"),
    "BadCharacters": ("<title>Two", "<title>Two&#x85;&#x90;"),
    "UnexpectedContentType": ("application/atom+xml", "text/xml"),
    "EncodingMismatch": ("charset=utf-8", "charset=gbk"),
}
ALSO = {"MissingHref": ["InvalidFullLink"]}
"""What else is broken where one is."""


def test_nothing_is_wrong_with_what_lacks_nothing() -> None:
    """Else no rule could be told from the next."""
    assert broken(FEED, URL, TYPE, NOW) == []
    assert ungrammatical(FEED) == []


GRAMMATICAL = {
    "an element of no vocabulary": ("<title>Two</title>", "<title>Two</title><headline>Two</headline>"),
    "an element in another's place": ("<title>Two</title>", "<title>Two</title><subtitle>Two</subtitle>"),
    "an element twice": ("<title>Two</title>", "<title>Two</title><title>Two</title>"),
    "an element that lacks": ("<title>Two</title>", ""),
    "an attribute of no vocabulary": ("<title>Two", '<title style="x">Two'),
    "an attribute that lacks": (' term="water"', ""),
    "words of no type": ('<content type="html">Two', '<content type="markdown">Two'),
    "markup within": ("<title>Two", "<title>Two<b/>"),
    "a person without a name": ("<name>City</name>", "<uri>https://city.example/</uri>"),
    "no time": ("2026-11-23T01:00:00Z", "2026-11-31T01:00:00Z"),
    "a time without a zone": ("2026-11-23T01:00:00Z", "2026-11-23T01:00:00"),
    "no language": ('hreflang="en"', 'hreflang="en_GB"'),
    "no kind of file": ('type="image/png"', 'type="png"'),
    "an empty address": (' href="https://city.example/2"', ' href=""'),
}


@pytest.mark.parametrize("what", GRAMMATICAL)
def test_the_grammar_lets_nothing_in_that_the_rfc_does_not(what: str) -> None:
    """Neither more than it names, nor less, nor in another form."""
    before, after = GRAMMATICAL[what]
    assert FEED.count(before) >= 1
    assert ungrammatical(FEED.replace(before, after, 1)) != []


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_broken_by_what_breaks_it(rule: str) -> None:
    """And by that alone."""
    before, after = BREAKS[rule]
    said = f"{TYPE}\n{FEED}"
    assert said.count(before) >= 1
    kind, _, document = said.replace(before, after, 1).partition("\n")
    assert set(broken(document, URL, kind, NOW)) == {rule, *ALSO.get(rule, ())}
