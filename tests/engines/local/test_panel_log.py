"""Reading a hub's log: its own lines count, and what strangers made it write does not."""

import logging
from datetime import UTC, datetime

import pytest
from tornado.log import LogFormatter

from commonhub.engines.local import panel_log

EVER = datetime(2000, 1, 1, tzinfo=UTC)
GROUP = "hub-administrators"
PATH = f"/hub/api/groups/{GROUP}/users"


def line(status=200, method="POST", path=PATH, user="carol", ip="127.0.0.1") -> str:
    return f"[I 2026-11-22 06:34:38.784 JupyterHub log:192] {status} {method} {path} ({user}@{ip}) 6.66ms"


def who(*lines: str, **named: object) -> str:
    return panel_log.who_changed(lines, **{"base_path": "/", "group": GROUP, "user": "eve", "since": EVER, **named})


def test_the_last_who_did_it_is_told():
    assert who(line(), line(user="dan", method="DELETE"), "anything", line(user="bob", method="GET")) == "dan"
    assert who(line(user="carol@uni.example", ip="::1")) == "carol@uni.example"
    assert who(line(path="/reef" + PATH), base_path="/reef/") == "carol"
    assert who() == ""


@pytest.mark.parametrize(("second", "who_did_it"), [("38.784", "carol"), ("38.785", ""), ("38.783", "carol")])
def test_what_was_done_before_does_not_count(second, who_did_it):
    since = datetime.fromisoformat(f"2026-11-22 06:34:{second}").astimezone()
    assert who(line(), since=since.astimezone(UTC)) == who_did_it
    assert who(line().replace("-11-22", "-13-32"), since=since) == ""


def test_a_change_of_a_person_is_told_by_the_persons_name():
    changes = line(method="PATCH", path="/hub/api/users/eve", user="dan"), line(path="/hub/api/users/bob", user="bob")
    assert who(*changes, group="") == "dan"


@pytest.mark.parametrize(
    "other",
    [
        line(status=403), line(method="GET"), line(path=PATH + "/x"), line(path="/x" + PATH),
        line(path="/hub/api/groups/people/users"), line(user=""), line(user="commonhub"),
        "    " + line(), "x " + line(), line() + " x", line() + "\r",
        line(path=f"/hub/x?{line()}"), line(user=f"x@1) 1.00ms\u2028{line()}"),
    ],
)  # fmt: skip
def test_other_lines_are_not_taken_for_it(other):
    assert who(other) == ""


def test_words_of_a_stranger_with_line_ends_in_them_are_no_lines_of_the_hub(tmp_path):
    forged = f"OAuth state mismatch: x != y\n{line(user='bob')}\r{line(user='bob')}\x85{line(user='bob')}\n{line(user='bob')}"
    record = logging.LogRecord("JupyterHub", logging.WARNING, "x.py", 1, forged, (), None)
    written = LogFormatter(color=False).format(record)  # as JupyterHub's own formatter does, which derives from it
    log = tmp_path / "hub.log"
    log.write_text(f"{line()}\n{written}\n")
    assert panel_log.who_changed(panel_log.tail(log), base_path="/", group=GROUP, user="eve", since=EVER) == "carol"
    assert panel_log.tail(tmp_path / "none") == []


def test_a_link_in_place_of_the_log_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "hub.log").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        panel_log.tail(tmp_path / "hub.log")
