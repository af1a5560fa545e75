"""The user table whatever its format: columns, ids, mistakes, secrets."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable


@pytest.fixture
def table(tmp_path):
    """Write a CSV file and return it as a user table."""

    def write(text, *, id="id", name="users.csv"):
        (tmp_path / name).write_text(text, newline="")
        return UserTable(source=str(tmp_path / name), id=id)

    return write


def faults(act):
    with pytest.raises(AuthorMistake) as caught:
        act()
    return [(fault.field, fault.fault, fault.hint) for fault in caught.value.faults]


def test_only_the_id_and_the_named_columns_are_read_in_table_order(table):
    users = table("a,id,b,c\n1,u,x,2\n")

    assert list(users.read([]).columns) == ["id"]
    assert list(users.read({"c", "a"}).columns) == ["a", "id", "c"]
    assert list(users.read(None).columns) == ["a", "id", "b", "c"]
    assert users.columns() == ["a", "id", "b", "c"]


def test_ids_are_texts(table):
    users = table("id\n00123\n7\n")

    assert users.read()["id"].tolist() == ["00123", "7"]
    assert users.read()["id"].dtype == "str"


def test_an_id_column_that_is_not_there_is_told_with_the_nearest(table):
    users = table("customerID,x\n1,2\n", id="customer_id")

    told = f"the user table {users.source} has no column 'customer_id'"
    expected = [("users.id", told, "did you mean 'customerID'?")]
    assert faults(users.columns) == expected
    assert faults(users.read) == expected


def test_every_column_that_is_not_there_is_told(table):
    users = table("id,tenure,Contract\n1,2,3\n")

    assert faults(lambda: users.read(["tenur", "zzz"])) == [
        ("tenur", "the user table has no column 'tenur'", "did you mean 'tenure'?"),
        ("zzz", "the user table has no column 'zzz'", "it has: id, tenure, Contract"),
    ]


def test_a_column_that_is_there_twice_is_told(table):
    assert faults(table("id,a,a\n1,2,3\n").columns) == [
        ("users.source", "the column 'a' is there twice", "")
    ]


def test_repeated_ids_are_counted_and_the_first_three_named(table):
    users = table("id\na\nb\nc\nd\na\na\nb\nc\nd\ne\n")

    told = f"4 ids are there more than once in {users.source}: 'a', 'b', 'c'"
    assert faults(users.read) == [("users.id", told, "")]


def test_empty_ids_are_counted_and_the_first_rows_named(table):
    users = table('id,x\na,1\n,1\n" ",1\n"",1\n,1\na,1\n')

    assert faults(users.read) == [
        ("users.id", f"4 rows of {users.source} have no id, first in row 2, 3, 4", ""),
        ("users.id", f"1 ids are there more than once in {users.source}: 'a'", ""),
    ]


def test_a_table_without_rows_is_a_mistake(table):
    users = table("id,x\n")

    told = f"the user table {users.source} has no rows"
    assert faults(users.read) == [("users.source", told, "")]


def test_an_unknown_kind_of_file_is_a_mistake():
    ((field, fault, hint),) = faults(UserTable(source="users.xlsx", id="id").columns)

    assert field == "users.source"
    assert fault == "'users.xlsx' is no kind of user table that is known"
    assert ".parquet" in hint


def test_what_is_no_file_is_a_mistake(tmp_path, table):
    (tmp_path / "folder.csv").mkdir()

    missing = UserTable(source=str(tmp_path / "none.csv"), id="id")
    folder = UserTable(source=str(tmp_path / "folder.csv"), id="id")

    assert "there is no file" in faults(missing.columns)[0][1]
    assert "is not a file" in faults(folder.read)[0][1]
    assert "is empty" in faults(table("").columns)[0][1]
    for name in ("x" * 300, "x\0"):
        unreadable = UserTable(source=f"{name}.csv", id="id")
        assert "cannot be read: " in faults(unreadable.columns)[0][1]


def test_a_table_is_a_mapping_of_source_and_id():
    with pytest.raises(ValidationError):
        UserTable.model_validate("users.csv")
    with pytest.raises(ValidationError):
        UserTable.model_validate({"source": "users.csv", "id": ""})
    with pytest.raises(ValidationError):
        UserTable.model_validate({"source": "users.csv", "id": "id", "sheet": 1})


def test_the_environment_s_values_are_put_in_when_reading(table, tmp_path):
    table("id\n1\n")
    users = UserTable(source="${FOLDER}/users.csv", id="id")

    assert users.columns(environ={"FOLDER": str(tmp_path)}) == ["id"]
    assert len(users.read(environ={"FOLDER": str(tmp_path)})) == 1
    assert "${FOLDER}" in repr(users)
    assert faults(users.columns) == [
        ("users.source", "the environment variable FOLDER is not set", "")
    ]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("postgresql://u:s3cret@h/db#t", "postgresql://u:***@h/db#t"),
        ("postgresql://u:s3@cret@h/db#t", "postgresql://u:***@h/db#t"),
        ("postgresql://u:s3#cret@h/db#t", "postgresql://u:***@h/db#t"),
        ("postgresql://h/db?user=u&password=s3cret#t", "postgresql://h/db?user=u&password=***#t"),
        ("postgresql://u@h/db#t", "postgresql://u@h/db#t"),
        ("users.csv", "users.csv"),
    ],
)
def test_a_password_is_never_shown(source, shown):
    users = UserTable(source=source, id="id")

    assert users.shown == shown
    assert "cret" not in repr(users) + str(users) + f"{[users]}"
    with pytest.raises(ValidationError) as caught:
        UserTable.model_validate({"source": [source], "id": "id"})
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "located"),
    [
        ("users.csv", "/campaigns/users.csv"),
        ("/data/users.csv", "/data/users.csv"),
        ("${DATA}/users.csv", "${DATA}/users.csv"),
        ("sqlite:///users.db#select 1", "sqlite:////campaigns/users.db#select 1"),
        (
            "sqlite+pysqlite:///a/b.db?timeout=3#t",
            "sqlite+pysqlite:////campaigns/a/b.db?timeout=3#t",
        ),
        ("sqlite:////data/users.db#t", "sqlite:////data/users.db#t"),
        ("sqlite:///:memory:#t", "sqlite:///:memory:#t"),
        ("sqlite:///${DB}#t", "sqlite:///${DB}#t"),
        ("postgresql://h/db#t", "postgresql://h/db#t"),
        ("${DATABASE_URL}#t", "${DATABASE_URL}#t"),
    ],
)
def test_relative_paths_are_taken_from_a_folder(source, located, tmp_path):
    users = UserTable(source=source, id="id")

    expected = located.replace("/campaigns", str(tmp_path))
    assert users.located(tmp_path) == UserTable(source=expected, id="id")


def test_a_small_table_of_a_million_like_rows_keeps_its_dtypes(table):
    users = table("id,n,f,t\n" + "".join(f"u{i},{i},{i}.5,t{i}\n" for i in range(5000))).read()

    assert users.dtypes.astype(str).to_dict() == {
        "id": "str",
        "n": "Int64",
        "f": "Float64",
        "t": "str",
    }
    assert isinstance(users, pd.DataFrame)
