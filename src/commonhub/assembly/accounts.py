"""Accounts, from the terminal of the machine: done in a process of the portal's own user, as its owner asks."""

import json
import subprocess
from typing import Any

from commonhub.assembly import installation
from commonhub.engines.local import machine
from commonhub.ground import errors


def run_as_portal(of: installation.Installation, public: installation.Public, command: str, text: str) -> str:
    """Run one of Django's commands as the portal's user, with this text on its standard input; gives what it printed.

    Raises CommonhubError with the last line that it wrote where it fails.
    """
    user = of.on.account(machine.WEB_ACCOUNT)
    done = subprocess.run(
        [str(of.on.python), "-m", "django", command],
        input=text,
        text=True,
        env={**of.environment(public), "HOME": str(of.portal_state)},
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no words"]
        raise errors.CommonhubError(
            f"The portal's records do not do that: {last[0]}", f"Bring them up to date: commonhub up {of.fleet}"
        )
    return done.stdout


def do(of: installation.Installation, verb: str, owner: str, **values: object) -> Any:
    """One of the verbs of the command `account`, in the name of the machine's owner."""
    if not (of.portal_state / "secret_key").exists():
        raise errors.NotFoundError(f"{of.fleet} has no accounts here yet.", f"Start it once: commonhub up {of.fleet}")
    asked = json.dumps({"verb": verb, "owner": owner, **values})
    answer = json.loads(run_as_portal(of, installation.public(of.fleet), "account", asked))
    if "error" in answer:
        raise errors.CommonhubError(answer["error"]["message"], answer["error"]["mend"])
    return answer["done"]
