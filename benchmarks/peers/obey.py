"""What every measured process does: say that it is ready, then obey, a line of JSON each."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


def obey(run: Callable[..., Answer], **ready: Any) -> None:
    """Answer `ready`, then each command with what `run` returns for it, until the input ends.

    Whoever gave the commands may have been killed: the end of the input ends this process at
    once, also in the middle of a command.
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    commands: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(commands,), daemon=True).start()
    _answer(answers, ready)
    while True:
        _answer(answers, run(**json.loads(commands.get())))


def _answer(answers: Any, answer: Answer) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _read(commands: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        commands.put(line)
    os.kill(os.getpid(), signal.SIGTERM)
