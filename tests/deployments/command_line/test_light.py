"""What needs no orchestration imports none, so that it answers at once."""

import json
import os
import subprocess
import sys

ASK = """
import json, sys
from typer.testing import CliRunner
from deployments.command_line.main import app
told = {}
for words in json.loads(sys.argv[1]):
    result = CliRunner().invoke(app, words)
    seen = ["pandas" in sys.modules, "prefect" in sys.modules]
    told[words[0] + " FILE" * (words[-1] == "u1")] = [result.exit_code, *seen]
import hookline
hookline.Campaign, hookline.load_campaign, hookline.read_report, hookline.AuthorMistake
told["hookline.py"] = [0, True, "prefect" in sys.modules]
print(json.dumps(told))
"""


def test_what_only_looks_imports_no_prefect_and_the_log_no_pandas(seed, write_campaign, tmp_path):
    seed.finished("ada", "bob")
    file = str(write_campaign(users="user_id\nada\n", message={"url": "http://x.example/"}))
    words = [
        ["-h"],
        ["runs"],
        ["report", "june"],
        ["deliveries", "june", "--csv"],
        ["why", "june", "ada"],
        ["log", "info"],
        ["bin", "--fault", "nonsense"],
        ["check", file],
        ["preview", file],
        ["dry-run", file],
        ["lint", file],
        ["segment", file],
        ["why", file, "u1"],
    ]

    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(words)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )

    told = json.loads(done.stdout)
    assert {name: code for name, (code, _, _) in told.items() if code} == {"bin": 2, "why FILE": 1}
    assert [name for name, (_, _, prefect) in told.items() if prefect] == []
    without_pandas = ["-h", "runs", "report", "deliveries", "why", "bin", "log"]
    assert [name for name in without_pandas if told[name][1]] == []
