"""Sending is refused at once, and without Prefect, where it cannot be right."""

import pytest

USERS = "user_id\nada\n"
MESSAGE = {"url": "http://127.0.0.1:9/{{User ID}}"}


@pytest.fixture
def campaign(write_campaign):
    return write_campaign(users=USERS, message=MESSAGE)


def test_to_resume_and_to_start_anew_exclude_each_other(hookline, campaign):
    answer = hookline("send", campaign, "--resume", "--new")

    assert answer.code == 2
    assert "exclude each other" in answer.err


def test_a_mistake_in_the_campaign_starts_nothing(hookline, write_campaign):
    answer = hookline("send", write_campaign(users=USERS, message={"url": "ftp://x.example/"}))

    assert answer.code == 2
    assert "message.url: the URL must begin with http:// or https://" in answer.err
    assert "starting" not in answer.err


def test_a_campaign_with_an_unfinished_run_asks_what_is_meant(hookline, seed, campaign):
    seed.run("ada", run_key="stopped", campaign="Welcome")

    answer = hookline("send", campaign, "--json")

    assert answer.code == 2
    [fault] = answer.json["mistakes"]
    assert (fault["file"], fault["field"]) == (str(campaign), "run_key")
    assert "stopped (0 of 1 done)" in fault["fault"]
    assert fault["hint"] == "--resume goes on with it, --new starts another one"


@pytest.mark.parametrize("campaign_name", ["Welcome", "Other"])
def test_a_key_of_another_campaign_or_message_is_refused(hookline, seed, campaign, campaign_name):
    seed.finished("ada", run_key="june", campaign=campaign_name)

    answer = hookline("send", campaign, "--run-key", "june")

    assert answer.code == 2
    assert "run_key: " in answer.err


@pytest.mark.parametrize("key", ["latest", "two\nlines", "x" * 201])
def test_a_key_that_cannot_be_typed_is_refused(hookline, campaign, key):
    answer = hookline("send", campaign, "--run-key", key)

    assert answer.code == 2
    assert "a run key is one line of at most 200 characters" in answer.err


def test_a_finished_run_is_not_resumed_but_told(hookline, seed):
    seed.finished("ada", "bob")

    answer = hookline("resume", "june")

    assert answer.code == 0
    assert "run june is finished, so nothing is sent" in answer.err
    assert "balanced: everyone is accounted for" in answer.out


def test_a_run_whose_file_has_gone_is_told(hookline, seed, tmp_path):
    seed.run("ada", run_key="june", source=str(tmp_path / "gone.yaml"))

    answer = hookline("resume", "june")

    assert answer.code == 2
    assert "gone.yaml: no such file" in answer.err


def test_a_run_whose_file_was_changed_is_told(hookline, seed, campaign):
    seed.run("ada", run_key="june", campaign="Welcome", source=str(campaign))

    answer = hookline("resume", "june")

    assert answer.code == 2
    assert f"{campaign}: run_key: the campaign 'Welcome' was changed since 'june'" in answer.err


def test_an_unfinished_run_is_not_sent_again(hookline, seed):
    seed.waiting("ada")

    answer = hookline("resend", "july")

    assert answer.code == 2
    assert "'july' is not finished (hookline resume july goes on with it)" in answer.err


def test_the_version_is_told(hookline):
    assert hookline("--version").out.startswith("hookline 0.")


COMMANDS = """
demo check preview send resume resend runs report deliveries why bin up
"""


@pytest.mark.parametrize("command", COMMANDS.split())
def test_every_command_has_a_help_text_with_an_example(hookline, command):
    answer = hookline(command, "-h")

    assert answer.code == 0
    assert f"Example: hookline {command}" in answer.out


def test_a_command_that_does_not_exist_is_a_mistake(hookline):
    assert hookline("chek").code == 2


def test_a_fault_of_the_request_bin_that_cannot_be_read_is_a_mistake(hookline):
    answer = hookline("bin", "--fault", "statu=503")

    assert answer.code == 2
    assert "did you mean 'status'?" in answer.err
