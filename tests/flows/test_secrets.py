"""A secret of a campaign goes to its receiver and nowhere else."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

PASSWORD = "pl4nted-p@ss/word"
HEADER = "pl4nted-header-t0ken"
QUERY = "pl4nted-query-k3y"


def _forms(secret):
    return {
        secret,
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode().rstrip("="),
        base64.b64encode(f"crm:{secret}".encode()).decode().rstrip("="),
        json.dumps(secret)[1:-1],
    }


COMMANDS = (
    ("send", "FILE", "--run-key", "planted-run"),
    ("preview", "FILE", "--curl"),
    ("report", "planted-run", "--json"),
    ("why", "planted-run", "bob"),
)

FORMS = {form.encode() for secret in (PASSWORD, HEADER, QUERY) for form in _forms(secret)}


def _found_in(files):
    return {
        f"{file.name}: {form.decode()}"
        for file in files
        for form in FORMS
        if file.is_file() and form in file.read_bytes()
    }


@pytest.fixture
def hookline(prefect, log_url):
    """Return a function that runs the command against the session's Prefect server."""
    from prefect.settings import PREFECT_API_URL

    def run(*arguments, **environ):
        command = [str(Path(sys.executable).with_name("hookline")), *map(str, arguments)]
        settings = {"PREFECT_API_URL": PREFECT_API_URL.value(), "PREFECT_LOGGING_LEVEL": "DEBUG"}
        done = subprocess.run(
            command,
            env=os.environ | settings | {"HOOKLINE_LOG": log_url} | environ,
            capture_output=True,
            timeout=100,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def _prefect_files():
    from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

    database = Path(PREFECT_API_DATABASE_CONNECTION_URL.value().split("///")[-1])
    files = list(database.parent.glob(database.name + "*"))
    assert any(b"planted-run" in file.read_bytes() for file in files), "not the right files"
    return files


@pytest.mark.parametrize("written", ["out", "as placeholders"])
def test_a_planted_secret_is_found_nowhere(
    written, hookline, receiver, write_campaign, tmp_path, log_url
):
    # The receiver echoes what it should keep to itself, and one user's webhook fails for good.
    basic = base64.b64encode(f"crm:{PASSWORD}".encode()).decode()
    echo = f"wrong: {PASSWORD} {HEADER} {QUERY} {basic}"
    receiver.script("crm", [{"path": "/bob", "status": 404, "answer": echo}])
    out = written == "out"
    password, header, query = (
        (quote(PASSWORD, safe=""), HEADER, QUERY)
        if out
        else ("${CRM_PASSWORD}", "${CRM_TOKEN}", "${CRM_KEY}")
    )
    base = receiver.in_url("crm").removeprefix("http://")
    campaign = write_campaign(
        users="user_id\nada\nbob\ncleo\n",
        message={
            "url": f"http://crm:{password}@{base}/{{{{User ID}}}}?api_key={query}",
            "headers": {"X-Api-Token": header},
            "data": {"greeting": "hello"},
        },
    )
    environ = {"CRM_PASSWORD": PASSWORD, "CRM_TOKEN": HEADER, "CRM_KEY": QUERY}
    said = b""

    for arguments in COMMANDS if out else COMMANDS[:1]:
        words = [campaign if word == "FILE" else word for word in arguments]
        code, text = hookline(*words, **environ)
        assert code == 0, text.decode()
        said += text

    (ada,) = [r for r in receiver.requests("crm") if b"/ada" in r.target]
    headers = dict(ada.headers)
    assert base64.b64decode(headers["authorization"].split()[1]).decode() == f"crm:{PASSWORD}"
    assert headers["x-api-token"] == HEADER
    assert f"api_key={QUERY}" in ada.target.decode()
    assert not [form for form in FORMS if form in said]
    kept = [file for file in tmp_path.rglob("*") if file != campaign]
    assert any(file.suffix == ".parquet" for file in kept)
    assert not _found_in(kept)
    assert not _found_in(_prefect_files())


def test_a_mistake_does_not_tell_the_secret_beside_it(hookline, write_campaign, log_url):
    campaign = write_campaign(
        users="user_id\nada\n",
        message={
            "url": f"http://crm:{quote(PASSWORD, safe='')}@127.0.0.1:1/",
            "headers": {"X-Api-Token": HEADER, "Host": "elsewhere"},
            "data": {"a": "{{ oops"},
        },
    )

    code, said = hookline("send", campaign)

    assert code == 2
    assert b"headers" in said
    assert not [form for form in FORMS if form in said]
