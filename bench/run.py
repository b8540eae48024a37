"""Runs every measurement, one after the other, and writes the table of docs/explanation/performance.md from the results."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import measuring

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "explanation" / "performance.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
NAMES = ("density", "wake", "first_cell", "plan", "portal", "people", "kernels")
HEAD = (
    "| what | goal | Commonhub | rival | ratio | goal met |",
    "| --- | --- | --- | --- | --- | --- |",
)
MET = {True: "yes", False: "**no**", None: "-"}


def results() -> dict[str, Mapping[str, Any]]:
    """What was kept, by the script's name, in the order of the table."""
    files = ((name, measuring.RESULTS / f"{name}.json") for name in NAMES)
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in files if path.exists()}


def table(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The lines between the marks."""
    yield from ("", *HEAD)
    for one in found.values():
        for row in one["rows"]:
            yield f"| {row['what']} | {row['goal']} | {row['ours']} | {row['rival']} | {row['ratio']} | {MET[row['met']]} |"
    yield ""
    for name, one in found.items():
        on = one["machine"]
        machine = (
            f"{one['date']}, {on['cores']} cores, {on['memory_gb']} GB, Linux {on['kernel']}, Python {on['python']}, "
            f"load before {on['busy_before']}"
        )
        yield f"- `{name}` ({machine}): {one['how']}"
    yield ""


def write(lines: list[str]) -> None:
    """Put the lines between the marks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text("".join([before, BEGIN, "\n", "\n".join(lines), "\n", END, after]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure everything, or the scripts that are named.")
    parser.add_argument("names", nargs="*", choices=NAMES, help="which; all, where none is named")
    parser.add_argument("--quick", action="store_true", help="small runs that show that all works; nothing is kept")
    parser.add_argument("--table", action="store_true", help="measure nothing: write the table from what was kept")
    asked = parser.parse_args()
    failed = []
    for name in () if asked.table else asked.names or NAMES:
        print(f"\n== {name}", flush=True)
        words = [sys.executable, str(HERE / f"{name}.py"), *(["--quick"] if asked.quick else [])]
        if subprocess.run(words, check=False).returncode:
            failed.append(name)
    if not asked.quick:
        write(list(table(results())))
    if failed:
        sys.exit(f"error: {', '.join(failed)} did not finish. Read the lines above, and run it by itself.")


if __name__ == "__main__":
    main()
