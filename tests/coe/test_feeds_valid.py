"""What a reader of feeds may rely on: the rules of Atom (RFC 4287), judged on feeds as they are sent."""

from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from coe import subscribing
from coe.models import Tag
from tests import make
from tests.coe.test_feeds import ATOM, key_of, reissued
from tests.coe.writers import LATER, drafted, published

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["coes.atom", "coes.atom?severity=1", "following.atom"])
def feed(request, client):
    """One with a re-issue in it, one that is empty, one of what is followed."""
    coe = published(drafted())
    coe.tags.add(Tag.objects.create(name="pools"))
    reissued(coe, "The rate was <38 %> & not 40")
    subscribing.follow(make.carol(), "daily", LATER, query="cards")
    answer = client.get(f"/feeds/{key_of(make.carol())}/{request.param}")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def parts(element, name):
    return element.findall(f"{ATOM}{name}")


def one(element, name):
    (found,) = parts(element, name)
    return found


def test_feed_and_entries_have_exactly_one_id_title_and_date(feed):
    """Sections 4.1.1 and 4.1.2; 3.3 for dates, 4.2.6 for ids."""
    for element in [feed, *parts(feed, "entry")]:
        assert one(element, "title").text
        assert urlsplit(one(element, "id").text).scheme in {"tag", "http", "https"}
        assert datetime.fromisoformat(one(element, "updated").text).tzinfo
    ids = [one(entry, "id").text for entry in parts(feed, "entry")]
    assert len(ids) == len(set(ids))


def test_each_entry_has_an_author_and_one_alternate_link(feed):
    """Section 4.1.2: an entry without content has a link to what it is about; 4.2.7.2 for `rel`."""
    for entry in parts(feed, "entry"):
        assert one(one(entry, "author"), "name").text
        links = [link for link in parts(entry, "link") if link.get("rel", "alternate") == "alternate"]
        assert [urlsplit(link.get("href")).path for link in links] == [urlsplit(one(entry, "id").text).path]


def test_categories_have_terms_and_texts_say_what_they_are(feed):
    """Sections 4.2.2 and 3.1.1: HTML is escaped once and says that it is HTML; a title is plain text."""
    for entry in parts(feed, "entry"):
        assert all(category.get("term") for category in parts(entry, "category"))
        summary = one(entry, "summary")
        assert (summary.get("type"), list(summary)) == ("html", [])
        assert "&lt;38 %&gt; &amp; not 40" in summary.text
        assert one(entry, "title").get("type", "text") == "text"


def test_a_feed_is_as_new_as_its_newest_entry(feed):
    """Section 4.2.15: readers go by it."""
    newest = [one(entry, "updated").text for entry in parts(feed, "entry")]
    assert not newest or one(feed, "updated").text == max(newest)
