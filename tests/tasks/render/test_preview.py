from __future__ import annotations

import shlex
import subprocess

import pytest

from tasks.render.preview import as_curl, show
from tasks.render.request import Request

REQUEST = Request(
    method="POST",
    url="https://crm.example.com/it's?token=abc&city=Sofia",
    headers=(("Content-Type", "text/plain"), ("X-Api-Key", "hunter2"), ("X-Empty", "")),
    body='it\'s $(rm) `x` "é"\n'.encode(),
    authorization="Basic Y3JtOmh1bnRlcjI=",
)


def test_a_request_is_shown_with_its_secrets_masked():
    shown = show(REQUEST)

    assert shown.method == "POST"
    assert shown.url == "https://***@crm.example.com/it's?token=***&city=Sofia"
    assert dict(shown.headers) == {"Content-Type": "text/plain", "X-Api-Key": "***", "X-Empty": ""}
    assert shown.body == 'it\'s $(rm) `x` "é"\n'


def test_a_command_line_is_read_by_the_shell_as_it_was_meant():
    words = shlex.split(as_curl(REQUEST))

    assert words == [
        "curl", "--globoff", "--request", "POST",
        "https://crm.example.com/it's?token=***&city=Sofia",
        "--user", "***",
        "--header", "Content-Type: text/plain",
        "--header", "X-Api-Key: ***",
        "--header", "X-Empty;",
        "--data-raw", "it's $(rm) `x` \"é\"\n",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", ["\x1b[2J\x07it's \\ \r\n$(rm) `x`", "a\x7fb\u202ec\u2028", "1\x1b[31m1", "é\x01"]
)
def test_a_command_line_holds_no_control_characters_and_a_shell_reads_them(body: str):
    request = Request("POST", "https://a.example/", (), body.encode())

    command = as_curl(request)

    assert all(one.isprintable() for one in command)
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"],
        check=True,
        capture_output=True,
        env={"LC_ALL": "C.UTF-8"},
    ).stdout.split(b"\0")
    assert words[-2].decode() == body


def test_what_a_request_lacks_is_not_on_the_command_line():
    bare = Request("GET", "https://a.example/", (), b"")

    assert as_curl(bare) == "curl --globoff --request GET https://a.example/"
    assert show(bare).url == "https://a.example/"


@pytest.mark.parametrize("secret", ["hunter2", "Y3JtOmh1bnRlcjI", "abc"])
def test_no_secret_is_shown(secret: str):
    assert secret not in as_curl(REQUEST) + repr(show(REQUEST))


def test_the_repr_of_a_request_tells_method_host_and_size():
    assert repr(REQUEST) == "Request(POST crm.example.com, 20 bytes)"
    assert str(REQUEST) == repr(REQUEST)
