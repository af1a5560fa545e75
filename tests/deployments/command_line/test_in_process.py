"""What a run in this process has to say reaches whoever started it."""

import logging

from deployments.command_line.in_process import told_warnings


def test_what_the_log_warns_of_is_said_once_and_only_while_a_run_lasts(capsys):
    logger = logging.getLogger("hookline.log")

    with told_warnings():
        logger.info("all is well")
        for _ in range(3):
            logger.warning("The delivery log cannot be written, trying again: %s", "disk is full")
    logger.warning("later")

    said = capsys.readouterr().err
    assert said == "The delivery log cannot be written, trying again: disk is full\n"
