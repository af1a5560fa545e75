"""Dates in words: the names of days and months in other languages."""

import pytest

from tasks.render.dates import date_text

AFTERNOON = "2025-02-03T15:04:00+00:00"


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("us", "Monday, 3 February, 3 PM"),
        ("US", "Monday, 3 February, 3 PM"),
        ("en_GB", "Monday, 3 February, 3 pm"),
        ("de", "Montag, 3 Februar, 3 nachm."),
        ("de_AT.UTF-8", "Montag, 3 Februar, 3 nachm."),
        ("pt-BR", "segunda-feira, 3 fevereiro, 3 PM"),
    ],
)
def test_names_are_those_of_the_locale_or_else_of_its_language(locale, told):
    assert date_text(AFTERNOON, "%A, %-d %B, %-l %p", "UTC", locale) == told


@pytest.mark.parametrize("locale", ["xx", "xx-yy", "", "__pycache__", "../de", "de/../de", "pt"])
def test_an_unknown_locale_is_refused(locale):
    with pytest.raises(ValueError, match="not a locale whose names are known"):
        date_text(AFTERNOON, "%A", "UTC", locale)


@pytest.mark.parametrize(
    ("format", "told"),
    [
        ("%e|%k|%l", " 3|15| 3"),
        ("%-e|%-k|%-l", "3|15|3"),
        ("%d|%H|%I|%j", "03|15|03|034"),
        ("%-d|%-H|%-I|%-j|%-M", "3|15|3|34|4"),
        ("%a %b %h", "Mon Feb Feb"),
    ],
)
def test_a_directive_is_padded_with_a_zero_a_blank_or_nothing(format, told):
    assert date_text(AFTERNOON, format) == told


def test_midnight_keeps_its_zero():
    assert date_text("2025-02-03", "%-H|%k") == "0| 0"
