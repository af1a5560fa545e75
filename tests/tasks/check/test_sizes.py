"""Sizes are told in powers of two, with a bar for each."""

from collections import Counter

from tasks.check.sizes import histogram_lines, sizes_of


def test_each_class_has_its_bounds_and_its_count():
    sizes = sizes_of(Counter({0: 1, 1: 2, 64: 3, 127: 1, 128: 4}))

    assert sizes.histogram == ((0, 0, 1), (1, 1, 2), (64, 127, 4), (128, 255, 4))
    assert (sizes.smallest, sizes.largest, sizes.total) == (0, 128, 833)
    assert sizes.mean == 833 / 11


def test_the_largest_class_has_the_longest_bar_and_the_smallest_is_seen():
    lines = list(histogram_lines(sizes_of(Counter({0: 1, 100: 1_000}))))

    assert lines == ["            0 B            1  #", f"       64-127 B        1,000  {'#' * 40}"]


def test_without_a_body_there_is_no_histogram():
    sizes = sizes_of(Counter())

    assert (sizes.mean, sizes.largest, list(histogram_lines(sizes))) == (0.0, 0, [])
