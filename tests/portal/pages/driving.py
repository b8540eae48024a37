"""A real browser before the portal as it is shipped, with one of the cast already signed in."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

import charter_stage
from commonhub.portal import web

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SILENT = "--disable-component-update --disable-sync"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium as it is installed. Playwright runs a loop in this thread, which Django would take for its own."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            yield playwright.chromium.launch(executable_path=CHROMIUM, args=f"{QUIET} {SILENT}".split())
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def served(browser: Browser) -> Iterator[str]:
    """The portal on loopback, with the tests' own database; gives its address."""
    connection = connections["default"]
    shared = {connection.alias: connection} if connection.is_in_memory_db() else {}
    server = ThreadedWSGIServer(("localhost", 0), WSGIRequestHandler, connections_override=shared)
    server.daemon_threads = False  # closing waits for the last answer
    server.set_app(web.application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    connection.inc_thread_sharing()
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        for context in browser.contexts:
            context.close()
        server.shutdown()
        server.server_close()
        thread.join()
        connection.dec_thread_sharing()


def enter(browser: Browser, address: str, who: str, *, language: str = "en", **options) -> Page:
    """A page of a browser in which one of the cast is signed in."""
    client = Client()
    client.force_login(charter_stage.person(who))
    context = browser.new_context(**options)
    context.set_default_timeout(15_000)
    cookies = [{"name": name, "value": morsel.value, "url": address} for name, morsel in client.cookies.items()]
    context.add_cookies([*cookies, {"name": "commonhub_language", "value": language, "url": address}])
    return context.new_page()
