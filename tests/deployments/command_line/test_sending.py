"""`send`, `resume` and `resend` in processes of their own, over real sockets."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HOOKLINE = Path(sys.executable).with_name("hookline")
USERS = "user_id\n" + "".join(f"u{number}\n" for number in range(8))


class Terminal:
    """A shell in a folder of its own, as somebody has it who uses the command."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.environ = environ

    def start(self, *words: object, **more: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, like a shell does."""
        return subprocess.Popen(
            [HOOKLINE, *map(str, words)],
            cwd=self.folder,
            env=self.environ | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: object) -> tuple[int, str, str]:
        """Run a command to its end; return exit code, stdout and stderr."""
        process = self.start(*words)
        out, err = process.communicate(timeout=100)
        return process.returncode, out, err


@pytest.fixture
def terminal(prefect, log_url, tmp_path) -> Terminal:
    """Return a terminal whose commands find the session's Prefect server."""
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    assert url
    environ = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    return Terminal(tmp_path, environ | {"PREFECT_API_URL": url, "HOOKLINE_LOG": log_url})


@pytest.fixture
def campaign(receiver, write_campaign):
    """Write a campaign to the receiver, with short delays."""
    return write_campaign(
        users=USERS,
        message={"url": receiver.in_url("crm") + "/{{User ID}}"},
        delivery={"retry": {"delays": [0.1]}, "concurrency": 2},
    )


def test_a_campaign_that_names_a_file_is_sent_from_its_folder_and_told_of_a_list_of_nobody(
    terminal, receiver, write_campaign
):
    (terminal.folder / "staff.txt").write_text("u0\n", encoding="utf-8")
    (terminal.folder / "left.txt").write_text("x1\n", encoding="utf-8")
    file = write_campaign(
        users=USERS,
        message={"url": receiver.in_url("crm") + "/{{User ID}}"},
        segment={"exclude": ["staff.txt", "left.txt"]},
    )

    code, out, _ = terminal.run("send", Path(file).relative_to(terminal.folder))

    assert code == 0
    assert "delivered          7   100.0%" in out
    assert "warning: segment: the only id of left.txt is not in the user table" in out


def test_a_campaign_is_sent_and_told_as_one_object_and_its_key_again_sends_nothing(
    terminal, receiver, campaign
):
    receiver.script("crm", ["path=/u3 status=404"])

    code, out, err = terminal.run("send", campaign, "--run-key", "june", "--json")
    again = terminal.run("send", campaign, "--run-key", "june", "--json")

    told = json.loads(out)
    assert code == 0
    assert (told["run_key"], told["balanced"]) == ("june", True)
    assert (told["audience"], told["delivered"], told["failed"]) == (8, 7, 1)
    assert err.splitlines()[0] == "run june"
    assert (again[0], json.loads(again[1])) == (0, told)
    assert "run june is finished, so nothing is sent" in again[2]
    assert receiver.received("crm") == 8


def test_what_failed_is_sent_again_with_the_same_id(terminal, receiver, campaign):
    receiver.script("crm", ["path=/u3 status=404"])
    terminal.run("send", campaign, "--run-key", "june")
    receiver.script("crm", [])

    code, out, _ = terminal.run("resend", "june", "--json")
    nothing = terminal.run("resend", "june")

    assert (code, json.loads(out)["delivered"]) == (0, 8)
    to_u3 = [one for one in receiver.requests("crm") if one.target.endswith(b"/u3")]
    assert len(to_u3) == 2
    assert len({one.webhook_id for one in to_u3}) == 1
    assert nothing[0] == 0
    assert "nothing failed in june" in nothing[2]


@pytest.mark.parametrize(
    "server",
    [
        "the session's",
        # A child of the process, which must survive a Ctrl-C in the terminal; slow to start.
        pytest.param("its own", marks=[pytest.mark.long, pytest.mark.timeout(240)]),
    ],
)
def test_ctrl_c_lands_what_is_in_the_air_and_the_run_goes_on_later(
    terminal, receiver, campaign, server
):
    receiver.script("crm", ["delay=1 status=200"])
    own = {"PREFECT_API_URL": ""} if server == "its own" else {}
    process = terminal.start("send", campaign, "--run-key", "june", **own)
    deadline = time.monotonic() + 90
    while receiver.received("crm") < 3 and time.monotonic() < deadline:
        time.sleep(0.05)

    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "stopping: what is in the air lands first" in err
    assert "To go on: hookline resume june" in out
    assert "in doubt" not in out
    assert "Traceback" not in err
    assert 3 <= receiver.received("crm") < 8

    refused = terminal.run("send", campaign)
    assert refused[0] == 2
    assert "has an unfinished run june" in refused[2]
    assert "(--resume goes on with it, --new starts another one)" in refused[2]

    code, out, err = terminal.run("resume", "latest", "--json")
    assert code == 0, err
    assert json.loads(out)["delivered"] == 8
    assert "run june goes on" in err
    assert receiver.received("crm") == 8


def test_a_run_over_other_users_goes_on_over_them(terminal, receiver, campaign, tmp_path):
    from blocks.campaign_file import load_campaign
    from blocks.delivery_log import DeliveryLog
    from tasks.log import runs

    (tmp_path / "other.csv").write_text("user_id\nada\n")
    other = load_campaign(campaign, users=str(tmp_path / "other.csv"))
    log = DeliveryLog(url=terminal.environ["HOOKLINE_LOG"])
    runs.start_run(
        log.open(),
        run_key="june",
        campaign=other.name,
        digest=other.digest,
        now=time.time(),
        source=str(campaign),
        definition=other.model_dump(mode="json"),
        snapshot=str(log.snapshots / "june"),
        columns=["user_id"],
    )

    code, out, err = terminal.run("resume", "june", "--json")

    assert code == 0, err
    assert json.loads(out)["audience"] == 1
    assert [one.target for one in receiver.requests("crm")] == [b"/in/crm/ada"]


def test_a_mistake_that_only_the_rows_show_ends_with_2_and_leaves_no_run(
    terminal, receiver, campaign
):
    (terminal.folder / "users.csv").write_text("user_id\nada\nada\n")

    code, out, err = terminal.run("send", campaign)

    assert (code, out) == (2, "")
    lines = campaign.read_text().splitlines()
    [line] = [number for number, one in enumerate(lines, 1) if "id: user_id" in one]
    told = f"1 ids are there more than once in {terminal.folder}/users.csv: 'ada'"
    assert f"{campaign}:{line}: users.id: {told}" in err
    assert "Traceback" not in err
    assert "There are no runs" in terminal.run("runs")[1]
    assert receiver.received("crm") == 0
