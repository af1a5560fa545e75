"""Saved segments and lists of ids: read beside the file that names them."""

import pytest

from blocks.mistake import AuthorMistake
from blocks.segment import Segment
from blocks.segment_files import load_ids, load_saved, load_segment


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return put


def faults_of(call):
    with pytest.raises(AuthorMistake) as caught:
        call()
    return caught.value.faults


def test_a_saved_segment_names_the_files_beside_it(write, tmp_path):
    path = write(
        "lists/gold.yaml",
        "include: [set.yaml]\nexclude: [staff.txt]\n"
        "any: [{ids: vip.txt}, {all: [{segment: ../old.yaml}]}]\nfunction: pick.py:loyal\n",
    )

    found = load_segment(path)

    folder = tmp_path / "lists"
    assert found.include == (str(folder / "set.yaml"),)
    assert [rule.segment for rule in found.rules() if rule.segment] == [
        str(folder / "set.yaml"),
        str(folder / "../old.yaml"),
    ]
    assert [rule.ids for rule in found.rules() if rule.ids] == [
        str(folder / "vip.txt"),
        str(folder / "staff.txt"),
    ]
    assert found.function == f"{folder / 'pick.py'}:loyal"


def test_segments_that_saved_segments_name_are_read_too_each_once(write):
    write("base.yaml", "all: [{attribute: x, operator: is set}]")
    gold = write("gold.yaml", "include: [base.yaml]")
    silver = write("silver.yaml", "include: [base.yaml]")

    saved = load_saved(Segment(include=(gold, silver)))

    assert [path.rpartition("/")[2] for path in saved] == ["gold.yaml", "base.yaml", "silver.yaml"]


def test_a_loop_is_an_error_that_names_it(write):
    first = write("a.yaml", "include: [b.yaml]")
    write("b.yaml", "all: [{segment: c.yaml}]")
    write("c.yaml", "exclude: [b.yaml]")

    (fault,) = faults_of(lambda: load_saved(Segment(include=(first,))))

    assert fault.fault.endswith("in a loop: b.yaml -> c.yaml -> b.yaml")


def test_what_is_wrong_with_a_saved_segment_names_its_file_and_line(write):
    path = write("gold.yaml", "all:\n  - {attribute: x, operator: is sett}\n")

    found = faults_of(lambda: load_saved(Segment(include=(path, path + ".yaml"))))

    assert [one.file for one in found] == [f"{path}:2", ""]
    assert (found[1].field, found[1].fault) == ("segment", f"{path}.yaml: no such file")
    assert "did you mean 'is set'" in found[0].fault


def test_a_saved_segment_is_a_mapping(write):
    (fault,) = faults_of(lambda: load_segment(write("gold.yaml", "- x")))

    assert fault.fault == "a saved segment is a mapping with all, any, none"


def test_ids_are_lines_without_blanks_and_quotes_each_once(write):
    path = write("vip.txt", '\ufeffada\n\n  bob \n"c ""x"""\nada\n"\n')

    assert load_ids(path).tolist() == ["ada", "bob", 'c "x"', '"']


def test_a_hundred_thousand_ids_are_no_limit(write):
    path = write("vip.csv", "\n".join(map(str, range(150_000))))

    assert len(load_ids(path)) == 150_000


@pytest.mark.parametrize(
    ("text", "told"), [("\n \n", "the list holds no ids"), ("", "the list holds no ids")]
)
def test_a_list_without_ids_is_an_error(write, text, told):
    (fault,) = faults_of(lambda: load_ids(write("vip.txt", text)))

    assert fault.fault == told


def test_a_list_that_is_not_there_is_told_with_the_nearest_name(write, tmp_path):
    write("vip.txt", "ada")

    (near,) = faults_of(lambda: load_ids(str(tmp_path / "vips.txt")))
    (far,) = faults_of(lambda: load_ids(str(tmp_path / "no/vip.txt")))

    assert (near.fault, near.hint) == ("no such file", "did you mean 'vip.txt'?")
    assert far.hint == ""


def test_a_list_that_is_no_text_is_an_error(tmp_path):
    (tmp_path / "vip.txt").write_bytes(b"\xff\xfe\x00")

    (fault,) = faults_of(lambda: load_ids(str(tmp_path / "vip.txt")))

    assert fault.fault.startswith("cannot be read: 'utf-8' codec")
