"""The hub's own pages, as 2i2c's chart has them."""

from typing import Final

from commonhub.fleet.chart import rules, turns

_PAGE: Final = "jupyterhub.custom.homepage"
_VARIABLES: Final = f"{_PAGE}.templateVars"
_STANDS_BEHIND: Final = (
    ("org", "organisation"),
    ("designed_by", "designed_by"),
    ("operated_by", "operated_by"),
    ("funded_by", "funded_by"),
)
_ABOUT: Final = (
    ("name", "name", turns.optional),
    ("url", "url", turns.optional),
    ("logo_url", "logo", turns.optional),
    ("custom_html", "html", turns.text),
)

RULES: Final[tuple[rules.Rule, ...]] = (
    *(
        rules.same(f"{_VARIABLES}.{theirs}.{key}", f"homepage.{ours}.{word}", turn)
        for theirs, ours in _STANDS_BEHIND
        for key, word, turn in _ABOUT
    ),
    rules.same(f"{_VARIABLES}.enabled", "homepage.enabled", turns.flag),
    rules.same(f"{_VARIABLES}.announcements", "homepage.announcements", turns.each(turns.text)),
    rules.same(f"{_VARIABLES}.learn_more", "homepage.learn_more", turns.text),
    rules.same(f"{_VARIABLES}.redirect_to", "homepage.redirect_to"),
    rules.each(_VARIABLES, "homepage.more", turns.optional),
    rules.same(f"{_PAGE}.gitRepoUrl", "homepage.template.repository"),
    rules.same(f"{_PAGE}.gitRepoBranch", "homepage.template.branch"),
)
