"""How large the bodies are: a histogram in powers of two, whatever their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

BAR = 40


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes in bytes; `histogram` has the first and last size of each class, and its count."""

    smallest: int
    largest: int
    total: int
    histogram: tuple[tuple[int, int, int], ...]

    @property
    def mean(self) -> float:
        """Return the mean size; 0 where there is none."""
        count = sum(number for _, _, number in self.histogram)
        return self.total / count if count else 0.0


def sizes_of(counted: Counter[int]) -> Sizes:
    """Return what is told of sizes, from how often each occurs."""
    classes: Counter[int] = Counter()
    for size, count in counted.items():
        classes[size.bit_length()] += count
    return Sizes(
        smallest=min(counted, default=0),
        largest=max(counted, default=0),
        total=sum(size * count for size, count in counted.items()),
        histogram=tuple(
            (1 << bits >> 1, (1 << bits) - 1, classes[bits]) for bits in sorted(classes)
        ),
    )


def histogram_lines(sizes: Sizes) -> Iterator[str]:
    """Yield a line of text for each class of sizes, its bar to the scale of the largest."""
    most = max((count for _, _, count in sizes.histogram), default=0)
    for first, last, count in sizes.histogram:
        bar = "#" * max(1, round(BAR * count / most))
        yield f"{_range(first, last):>15}  {count:>11,}  {bar}"


def _range(first: int, last: int) -> str:
    return f"{first:,}-{last:,} B" if last else "0 B"
