"""A function of the author's: found in a module, in a file, or given as it is."""

import pytest

from blocks.mistake import AuthorMistake
from blocks.segment import Segment
from blocks.segment_function import function_name, load_function


def everybody(users):
    return [True] * len(users)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pick.py"
    path.write_text("def loyal(users):\n    return users['tenure'] > 12\nlimit = 3\n")
    return path


def test_a_function_in_a_file_beside_the_campaign_is_loaded(file):
    assert load_function(f"{file}:loyal").__name__ == "loyal"


def test_a_function_of_a_module_is_loaded():
    assert load_function("operator:truth")(1) is True


def test_a_function_itself_is_what_is_called_and_told_by_its_name():
    segment = Segment(function=everybody)

    assert load_function(everybody) is everybody
    assert function_name(everybody).endswith(":everybody")
    assert segment.model_dump()["function"].endswith(":everybody")
    assert Segment().model_dump()["function"] == ""


@pytest.mark.parametrize(
    ("name", "told", "hint"),
    [
        ("{file}:loyals", "has no function 'loyals'", "did you mean 'loyal'?"),
        ("{file}:limit", "has no function 'limit'", "did you mean 'limit'?"),
        ("gone.py:loyal", "there is no file 'gone.py'", ""),
        ("no_such_module_:f", "the module 'no_such_module_' cannot be imported", ""),
    ],
)
def test_a_function_that_is_not_there_is_the_author_s_mistake(file, name, told, hint):
    with pytest.raises(AuthorMistake) as caught:
        load_function(name.format(file=file))

    (fault,) = caught.value.faults
    assert told in fault.fault
    assert fault.hint == hint


def test_a_file_that_raises_is_the_author_s_mistake(tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0")

    with pytest.raises(AuthorMistake) as caught:
        load_function(f"{tmp_path / 'broken.py'}:f")

    assert "cannot be imported: division by zero" in str(caught.value)
