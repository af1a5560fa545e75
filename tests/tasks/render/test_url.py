from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.render.request import Suppressed
from tasks.render.url import complete, literal_origin, normalise, with_query

UNHURRIED = settings(deadline=None)

NORMALISED = [
    ("https://example.com", "https://example.com/"),
    ("  https://example.com/a \r\n", "https://example.com/a"),
    ("HTTPS://Example.COM/Path", "https://example.com/Path"),
    ("https://example.com?a=1", "https://example.com/?a=1"),
    ("https://example.com/a b", "https://example.com/a%20b"),
    ("https://example.com/?n=José", "https://example.com/?n=Jos%C3%A9"),
    ('https://example.com/?a={"b":"c"}', "https://example.com/?a=%7B%22b%22:%22c%22%7D"),
    ("https://example.com/%41%zz%4", "https://example.com/%41%25zz%254"),
    ("https://example.com/?q=a%20b&r=100%", "https://example.com/?q=a%20b&r=100%25"),
    ("https://example.com/a\\b|c^d`e<f>", "https://example.com/a%5Cb%7Cc%5Ed%60e%3Cf%3E"),
    ("https://example.com/:@!$&'()*+,;=~-._[]", "https://example.com/:@!$&'()*+,;=~-._[]"),
    ("https://example.com/?a[]=1#b#c", "https://example.com/?a[]=1#b%23c"),
    ("https://example.com/a.b/.c/..d/...", "https://example.com/a.b/.c/..d/..."),
    ("https://example.com/?next=/../x", "https://example.com/?next=/../x"),
    ("https://example.com:443/", "https://example.com/"),
    ("http://example.com:80/", "http://example.com/"),
    ("http://example.com:/", "http://example.com/"),
    ("http://example.com:8080/", "http://example.com:8080/"),
    ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
    ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ("https://a_b.example./", "https://a_b.example./"),
    ("http://127.0.0.1:9/", "http://127.0.0.1:9/"),
    ("http://[::1]:9/x", "http://[::1]:9/x"),
    ("https://example.com/u@v", "https://example.com/u@v"),
]


@pytest.mark.parametrize(("text", "expected"), NORMALISED)
def test_a_url_is_sent_as(text: str, expected: str):
    url = normalise(text)

    assert url == expected
    assert normalise(expected) == expected
    assert str(httpx.URL(expected)).rstrip("/") == expected.rstrip("/")


REFUSED = [
    ("", "url: empty"),
    ("  ", "url: empty"),
    ("/relative", "url: not an http or https URL"),
    ("example.com/x", "url: not an http or https URL"),
    ("mailto:x@example.com", "url: not an http or https URL"),
    ("ftp://example.com/", "url: not an http or https URL"),
    ("file:///etc/passwd", "url: not an http or https URL"),
    ("https://", "url: no host"),
    ("https:///path", "url: no host"),
    ("https://:80/", "url: no host"),
    ("https://a b/", "url: not a host name"),
    ("https://a..b/", "url: not a host name"),
    ("https://.a/", "url: not a host name"),
    ("https://a%41/", "url: not a host name"),
    ("https://a\\b/", "url: not a host name"),
    (f"https://{'a' * 64}.example/", "url: not a host name"),
    ("https://999.0.0.1/", "url: not a host name"),
    ("https://９９９.0.0.1/", "url: not a host name"),
    ("https://xn--a/", "url: not a host name"),
    ("https://☃\u200b/", "url: not a host name"),
    ("https://[::1/", "url: not a host name"),
    ("https://[::1]x/", "url: not a host name"),
    ("https://[fe80::1%25eth0]/", "url: not a host name"),
    ("https://example.com:x/", "url: bad port"),
    ("https://example.com:0/", "url: bad port"),
    ("https://example.com:65536/", "url: bad port"),
    ("https://example.com:１/", "url: bad port"),
    ("https://user:password@example.com/", "url: credentials in the rendered URL"),
    ("https://example.com\\@evil.example/", "url: credentials in the rendered URL"),
    ("https://exa\nmple.com/", "url: control character"),
    ("https://example.com/a\r\nb", "url: control character"),
    ("https://example.com/\x7f", "url: control character"),
    ("https://example.com/a/../b", "url: a segment of the path is '.' or '..'"),
    ("https://example.com/a/%2E.", "url: a segment of the path is '.' or '..'"),
    ("https://example.com/./b?c", "url: a segment of the path is '.' or '..'"),
    ("https://example.com/\ud800", "url: not text that UTF-8 can carry"),
    (f"https://example.com/{'a' * 65_536}", "url: longer than 65536 characters"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_text_is_no_url(text: str, reason: str):
    assert normalise(text) == Suppressed(reason)


def test_a_control_character_after_a_literal_origin_is_refused():
    assert complete("https://example.com", "/a\x00b") == Suppressed("url: control character")


@UNHURRIED
@given(rest=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_follows_a_literal_origin_stays_on_its_host(rest: str):
    url = complete("https://example.com:8443", rest)

    if isinstance(url, Suppressed):
        return
    read = httpx.URL(url)
    assert (read.scheme, read.host, read.port, read.userinfo) == ("https", "example.com", 8443, b"")
    assert str(read) == url
    assert normalise(url) == url


@UNHURRIED
@given(text=st.text(st.sampled_from("abü.-:/@?#%[]\\ 1é💥*＠／"), max_size=30))
def test_a_whole_url_is_refused_or_one_that_the_client_takes_as_it_is(text: str):
    url = normalise(f"https://{text}")

    if not isinstance(url, Suppressed):
        assert str(httpx.URL(url)) == url
        assert normalise(url) == url


@pytest.mark.parametrize(
    ("opening", "is_whole", "origin"),
    [
        ("https://Example.com/", False, "https://example.com"),
        (" https://example.com?", False, "https://example.com"),
        ("https://example.com", True, "https://example.com"),
        ("https://example.com", False, None),
        ("https://", False, None),
        ("", False, None),
    ],
)
def test_an_origin_is_literal_when_the_text_goes_beyond_it(
    opening: str, is_whole: bool, origin: str | None
):
    found = literal_origin(opening, is_whole=is_whole, masked=False)

    assert not isinstance(found, Suppressed)
    assert (found and found.text) == origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a/", "https://a/?b=1"),
        ("https://a/?", "https://a/?b=1"),
        ("https://a/?c=2", "https://a/?c=2&b=1"),
        ("https://a/?c=2&#d", "https://a/?c=2&b=1#d"),
    ],
)
def test_pairs_are_added_to_the_query(url: str, expected: str):
    assert with_query(url, "b=1") == expected
    assert with_query(url, "") == url
