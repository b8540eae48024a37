"""Run by `test_adopting`: a keeper that starts one server and is killed by the kernel at the line it was told.

Lines are counted over our own modules, in all threads. With 0 it is never killed, and tells how many lines there are.
"""

import asyncio
import itertools
import os
import signal
import sys
import threading
from pathlib import Path

from commonhub.fleet import desired
from engines.local import boxes

COUNT = itertools.count(1)
LAST = 0


def main(state: Path, line: int) -> None:
    def trace(frame, event, _):
        global LAST  # noqa: PLW0603 - this is the whole program
        if "/commonhub/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            LAST = next(COUNT)
            if line == LAST:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    async def start() -> None:
        house = boxes.House(state)
        wish = house.wish(egress=desired.Egress.INTERNET)
        threading.settrace(trace)
        sys.settrace(trace)
        await house.servers.start_command(wish, house.python("import time\nprint('up')\ntime.sleep(300)"))
        sys.settrace(None)
        print(LAST, flush=True)
        await house.servers.close()

    asyncio.run(start())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
