"""Answers are kept for a time, and within bounds."""

from tasks.send.linked_cache import LinkedCache


def test_an_answer_is_found_until_its_time_is_over():
    cache = LinkedCache()
    cache.keep("soup", None, until=10.0, size=4)

    assert cache.find("soup", now=9.9) == (None, 10.0, 4)
    assert cache.find("soup", now=10.0) is None
    assert cache.find("cake", now=0.0) is None


def test_the_longest_unused_goes_first_where_there_are_too_many():
    cache = LinkedCache(most_answers=2)
    cache.keep("soup", 1, until=10.0, size=1)
    cache.keep("cake", 2, until=10.0, size=1)
    cache.find("soup", now=0.0)

    cache.keep("tea", 3, until=10.0, size=1)

    assert [cache.find(name, now=0.0) is None for name in ("soup", "cake", "tea")] == [
        False, True, False,
    ]  # fmt: skip
    assert len(cache) == 2


def test_together_they_are_not_larger_than_the_bound():
    cache = LinkedCache(most_bytes=10)
    cache.keep("soup", 1, until=10.0, size=6)
    cache.keep("soup", 1, until=20.0, size=7)
    assert cache.bytes == 7

    cache.keep("cake", 2, until=10.0, size=4)
    assert (cache.bytes, cache.find("soup", now=0.0)) == (4, None)

    cache.keep("feast", 3, until=10.0, size=11)
    assert (cache.bytes, len(cache)) == (0, 0)
