"""A run that a deployment starts sends on the same loop as the command line does."""

import json
import os
import subprocess
import sys

from deployments.serving import deployments

# As the process of a run does it: load the flow that its deployment names, then make a loop.
RUN = """
import asyncio, json, sys
from prefect.flows import load_flow_from_entrypoint

async def loop():
    return type(asyncio.get_running_loop()).__module__

flows = {entrypoint: load_flow_from_entrypoint(entrypoint) for entrypoint in sys.argv[1:]}
print(json.dumps({one: [flow.name, flow.fn.__module__] for one, flow in flows.items()}))
print(asyncio.run(loop()))
"""


def test_a_served_run_is_sent_on_uvloop():
    named = {str(one.entrypoint): one.name for one in deployments()}

    done = subprocess.run(
        [sys.executable, "-c", RUN, *named],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )

    loaded, loop = done.stdout.splitlines()
    assert loop == "uvloop"
    assert {one: name for one, (name, _) in json.loads(loaded).items()} == named
    # Their own modules: their types exist once.
    assert {module.partition(".")[0] for _, module in json.loads(loaded).values()} == {"flows"}
