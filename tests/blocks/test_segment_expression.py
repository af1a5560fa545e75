"""An expression over columns: what it may hold, and which columns it reads."""

import re

import pytest

from blocks.segment_expression import parsed


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("tenure * charges > 50", ["charges", "tenure"]),
        ("`Plan name` == 'a `quoted` text' and `Plan name` != \"`\"", ["Plan name"]),
        ("10 <= tenure\n  and plan in ['free', 'pro']", ["plan", "tenure"]),
        ("plan.str.startswith('f') or seen.dt.year == 2026", ["plan", "seen"]),
        ("not (charges.isna()) and -x < +y", ["charges", "x", "y"]),
    ],
)
def test_the_columns_of_an_expression_are_found(text, columns):
    assert sorted(parsed(text).columns.values()) == columns


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tenure >", "not a pandas query expression"),
        ("tenure > @limit", "(@ and other variables are not there)"),
        ("len(plan) > 3", "a query expression calls no function len()"),
        ("tenure = 3", "invalid syntax (to compare, write ==)"),
        ("plan == 'a = b' and", "not a pandas query expression: invalid syntax"),
        ("tenure > 3 and First name == 'Al'", "goes in backticks: `First name`)"),
        ("plan == 'not this' and tenure >", "not a pandas query expression: invalid syntax"),
        ("plan.str.contain('x')", "has no .contain, did you mean 'contains'?"),
        ("plan.values", "has no .values, known: day, dayofweek"),
        ("plan.__class__", "has no .__class__"),
        ("[one for one in plan]", "a query expression has no ListComp"),
        ("lambda: 1", "a query expression has no Lambda"),
        ("plan[0]", "a query expression has no Subscript"),
        ("__import__('os').system('x')", "a query expression has no .system"),
    ],
)
def test_what_could_do_more_than_compare_columns_is_refused(text, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        parsed(text)
