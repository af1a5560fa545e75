"""Prefect's pages are told, and decide nothing."""

from tasks.report.task import unheard


async def test_a_server_that_does_not_answer_is_noted_and_not_raised(caplog):
    def tell():
        raise ConnectionError("no server")

    async with unheard("progress"):
        tell()

    assert "Prefect could not be told of the progress: ConnectionError" in caplog.text
