"""Templates compiled once for all hubs give the pages that JupyterHub compiles by itself."""

import jinja2
import pytest

from commonhub.hubside import pages


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "page.html").write_text("<p>{{ word }}</p>")
    return tmp_path


def environment(folder, *, is_async):
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder)]),
        autoescape=True,
        enable_async=is_async,
        bytecode_cache=pages.compiled,
    )


async def test_a_page_that_was_compiled_before_is_not_compiled_again(folder, monkeypatch):
    pages.warm(folder)
    hub = environment(folder, is_async=True)
    monkeypatch.setattr(hub, "compile", None)
    assert await hub.get_template("page.html").render_async(word="<b>") == "<p>&lt;b&gt;</p>"


def test_the_page_for_errors_which_is_made_without_waiting_is_compiled_by_itself(folder):
    pages.warm(folder)
    assert environment(folder, is_async=False).get_template("page.html").render(word="x") == "<p>x</p>"


async def test_a_template_that_has_changed_is_compiled_anew(folder):
    pages.warm(folder)
    (folder / "page.html").write_text("<h1>{{ word }}</h1>")
    assert await environment(folder, is_async=True).get_template("page.html").render_async(word="x") == "<h1>x</h1>"
