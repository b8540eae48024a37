"""Our few pages of a hub, as JupyterHub renders them: over its own of the same name."""

import jinja2
import pytest
from jupyterhub._data import DATA_FILES_PATH

from commonhub.hubside import pages

ACCESS = "https://hubs.example.org/hubs/reef/main/access"
NOTHING = {"static_url": lambda path, **_: path, "base_url": "/hub/", "prefix": "/", "parsed_scopes": {}}


@pytest.fixture
def environment():
    """The loaders as JupyterHub joins them (app.init_tornado_settings)."""
    base = f"{DATA_FILES_PATH}/templates"
    own = jinja2.FileSystemLoader([str(pages.OWN), base])
    below = jinja2.PrefixLoader({"templates": jinja2.FileSystemLoader([base])}, "/")
    return jinja2.Environment(loader=jinja2.ChoiceLoader([below, own]), autoescape=True)


def refused(environment, message="", **more):
    page = environment.get_template("403.html")
    return page.render(**NOTHING, status_code=403, status_message="Forbidden", message=message, **more)


def test_a_refusal_says_why_once_and_links_to_where_one_asks(environment):
    page = refused(environment, f"Nobody knows you: {ACCESS}", commonhub_access=ACCESS)
    assert page.count("Nobody knows you") == 1
    assert page.count(f'href="{ACCESS}"') == 1
    assert f'href="{ACCESS}"' in refused(environment, "Action is not authorized", commonhub_access=ACCESS)


def test_a_refusal_of_a_hub_with_passwords_of_its_own_has_no_link(environment):
    page = refused(environment, "no")
    assert "/access" not in page


def test_what_a_stranger_has_the_hub_say_stays_text(environment):
    page = refused(environment, '<script>x</script> javascript:alert(1) https://a.example/"onmouseover="x')
    assert "<script>x" not in page
    assert '"onmouseover=' not in page
    assert 'href="javascript' not in page


def test_pages_of_ours_are_warmed_with_the_names_that_hubs_ask_for():
    pages.warm(pages.OWN)
    assert sorted(path.name for path in pages.OWN.iterdir()) == ["403.html", "admin.html"]
