"""The benchmark of rules on events asks DuckDB for the same users."""

import pytest

from benchmarks import activity


@pytest.mark.parametrize("shape", ["columns", "json"])
def test_duckdb_selects_the_same_users(tmp_path, shape):
    activity._write(tmp_path, 20_000, shape)

    found = activity._ours(tmp_path, shape)

    assert found
    assert found == activity._by_duckdb(tmp_path, shape)
