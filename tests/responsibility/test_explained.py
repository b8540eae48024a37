"""The page that explains the model says what the rules say."""

import re
from pathlib import Path

from commonhub.ground import marked
from commonhub.responsibility import reading, wording
from responsibility import charters

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "responsibility.md").read_text(encoding="utf-8")
DECISION = charters.ask("dan", "hub:restart", charters.MAIN, charter=charters.charter(*charters.USUAL))


def blocks(kind):
    return re.findall(rf"(?s)```{kind}\n(.*?)\n```", PAGE)


def test_the_refusal_and_the_explanation_are_the_real_ones():
    assert blocks("text") == [str(wording.refusal(DECISION)), "\n".join(wording.explain(DECISION))]


def test_the_example_of_an_organisation_is_a_sound_model():
    (example,) = blocks("yaml")
    found = reading.read(marked.read(example.encode(), reading.FILE))
    assert found.faults == ()
    assert found.model.responsibility_of("hub:sleep").id == "represent-community"
    assert len(found.model.roles) == 5


def test_the_days_of_practice_are_the_shipped_ones():
    assert f"practised it within {reading.default().numbers.practised_within_days} days" in PAGE
