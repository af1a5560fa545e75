"""User tables in folders of Parquet files, partitioned or not, and in object stores."""

from __future__ import annotations

import gzip

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable


def put(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


@pytest.fixture
def partitioned(tmp_path):
    """Write users by country: the second file has wider numbers, and a column more."""
    put(
        tmp_path / "users/country=DE/0.parquet",
        id=["a", "b"],
        n=pa.array([1, None], pa.int32()),
        plan=pa.array(["free", "pro"]).dictionary_encode(),
    )
    put(
        tmp_path / "users/country=FR/0.parquet",
        id=["c"],
        n=pa.array([2**40], pa.int64()),
        plan=pa.array(["free"]).dictionary_encode(),
        city=["Ulm"],
    )
    (tmp_path / "users/_SUCCESS").touch()
    return tmp_path / "users"


@pytest.fixture
def store():
    """Yield an object store in memory, empty again afterwards."""
    memory = fsspec.filesystem("memory")
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def table(source):
    return UserTable(source=str(source), id="id")


def faults(source):
    with pytest.raises(AuthorMistake) as caught:
        table(source).read()
    return [one.fault for one in caught.value.faults]


def test_a_partitioned_folder_is_one_table_with_the_columns_of_all_files(partitioned):
    users = table(partitioned).read()

    assert users["id"].tolist() == ["a", "b", "c"]
    assert users["country"].tolist() == ["DE", "DE", "FR"]
    assert str(users["n"].dtype) == "Int64"
    assert users["n"].fillna(-1).tolist() == [1, -1, 2**40]
    assert users["plan"].tolist() == ["free", "pro", "free"]
    assert users["city"].isna().tolist() == [True, True, False]


def test_parts_keep_the_order_and_the_types(partitioned):
    parts = list(table(partitioned).parts(["n", "city"], rows=2))

    assert [part["id"].tolist() for part in parts] == [["a", "b"], ["c"]]
    assert parts[0].dtypes.equals(parts[1].dtypes)


@pytest.mark.parametrize("name", ["users", "users/country=DE/0.parquet"])
def test_a_store_is_read_like_a_disk(partitioned, store, name):
    store.put(str(partitioned), "/users", recursive=True)

    here, there = table(partitioned.parent / name).read(), table(f"memory://{name}").read()

    assert there.equals(here)
    assert table(f"file://{partitioned.parent / name}").read().equals(here)


@pytest.mark.parametrize("name", ["users.csv", "users.csv.gz"])
def test_a_csv_file_in_a_store_is_read_like_one_on_disk(tmp_path, store, name):
    text = b"id,n\na,1\nb,\n"
    content = gzip.compress(text) if name.endswith("gz") else text
    (tmp_path / name).write_bytes(content)
    store.pipe(f"/in/{name}", content)

    found = table(f"memory://in/{name}")

    assert found.columns() == ["id", "n"]
    assert found.read().equals(table(tmp_path / name).read())
    assert found.narrowed(()) == ()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("memory://in/gone.csv", "there is no file memory://in/gone.csv"),
        ("memory://in/gone.parquet", "there is no file memory://in/gone.parquet"),
        ("memory://in/bad.parquet", "memory://in/bad.parquet is not a Parquet file"),
        ("memory://in/bad.csv", "memory://in/bad.csv, line 2: 3 values, the header has 2"),
        ("memory://in/empty.csv", "memory://in/empty.csv is empty"),
        ("memory://in/one.csv", "memory://in/one.csv has one column only, 'id;n'"),
    ],
)
def test_what_is_wrong_in_a_store_is_told_with_its_address(store, source, told):
    store.pipe(
        {
            "/in/bad.parquet": b"no parquet",
            "/in/bad.csv": b"id,n\n1,2,3\n",
            "/in/empty.csv": b"",
            "/in/one.csv": b"id;n\n1;2\n",
        }
    )

    (fault,) = faults(source)

    assert fault.startswith(told)


@pytest.mark.parametrize("source", ["oci://bucket/users.parquet", "oci://bucket/users.csv"])
def test_a_store_whose_package_is_missing_says_which(source):
    (fault,) = faults(source)

    assert fault.startswith(f"{source} cannot be opened: ")
    assert "ocifs" in fault


def test_a_folder_of_something_else_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("no table")

    (fault,) = faults(tmp_path)

    assert "is not a Parquet file" in fault


def test_files_whose_types_do_not_go_together_are_told(tmp_path):
    put(tmp_path / "users/0.parquet", id=["a"], n=[1])
    put(tmp_path / "users/1.parquet", id=["b"], n=[["x"]])

    (fault,) = faults(tmp_path / "users")

    assert "is not a Parquet file: Unable to merge" in fault


def test_a_folder_is_named_in_a_campaign_relative_to_its_file(partitioned):
    assert table("users").located(partitioned.parent).source == str(partitioned)
    assert table("s3://bucket/users/").located(partitioned.parent).source == "s3://bucket/users/"
