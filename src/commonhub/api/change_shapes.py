"""The words of changes: what comes in when one is proposed, and how one goes out."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from commonhub.api import shapes
from commonhub.api.shapes import Given, Somebody, Told
from commonhub.changes.states import State

MOST_IN_A_LIST: Final = 1000
MOST_FILES: Final = 500
LONGEST_FILE: Final = 1_000_000  # characters, as changes.change_words takes it

Number = Annotated[int, Field(ge=1, le=2**31 - 1, description="Of a change or a roll-out.", examples=[17])]
Words = Annotated[str, Field(max_length=4000, pattern=shapes.PLAIN)]
Lines = Annotated[list[shapes.Line], Field(max_length=MOST_IN_A_LIST)]
FilePath = Annotated[str, Field(min_length=1, max_length=400)]
FileText = Annotated[
    str, StringConstraints(strip_whitespace=False), Field(max_length=LONGEST_FILE)
]  # to its last newline


class Announced(Given):
    """A workshop, a course or another time at which many come at once."""

    name: Annotated[shapes.Line, Field(min_length=1, examples=["Reef week"])]
    people: Annotated[int, Field(ge=1, le=1_000_000, examples=[80])]
    begins: shapes.Line = Field(description="A day, or a moment.", examples=["2026-10-05"])
    ends: shapes.Line = Field(examples=["2026-10-09"])
    hub: shapes.NameOrNone = Field(default="", examples=["main"])
    memory: shapes.Line = Field(default="", description="That each person needs.", examples=["2G"])
    note: shapes.Line = ""


class Wanted(Given):
    """What should be otherwise: at a hub by its words, in a community by an event, or in files as a whole.

    What is left out stays as it is. A preview takes the same, and needs no reason.
    """

    community: shapes.NameOrNone = Field(default="", examples=["reef"])
    hub: shapes.NameOrNone = Field(default="", examples=["main"])
    image: Words = Field(default="", examples=["quay.io/reef/analysis:2026-02"])
    choice: shapes.Line = Field(default="", description="Of the menu: image, memory and cores are for it alone.")
    memory: shapes.Line = Field(default="", description="Of each server, at most.", examples=["6G"])
    memory_guarantee: shapes.Line = Field(default="", description="That each server surely has.")
    cpu: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = Field(
        default=None,  # type: ignore[assignment]  # left out where it stays
        description="Cores of each server, at most.",
    )
    home_quota: shapes.Line = Field(default="", description="Home of each person.")
    title: shapes.Line = Field(default="", description="Of the hub; sent empty, it is taken out.")
    description: Words = ""
    interface: shapes.Line = ""
    add_admins: Lines = []
    remove_admins: Lines = []
    add_people: Lines = []
    remove_people: Lines = []
    add_organizations: Lines = []
    remove_organizations: Lines = []
    add_login_domains: Lines = []
    remove_login_domains: Lines = []
    add_domains: Lines = []
    remove_domains: Lines = []
    add_groups: Lines = []
    remove_groups: Lines = []
    event: Announced = Field(
        default=None,  # type: ignore[assignment]  # left out where none is announced
        description="To be announced in the community's file.",
    )
    remove: bool = Field(default=False, description="The hub, or without a hub the community, goes.")
    files: Annotated[dict[FilePath, FileText | None], Field(max_length=MOST_FILES)] = Field(
        default=None,  # type: ignore[arg-type]  # left out where words say it
        description="Whole texts by path in the fleet folder; null takes a file away. Nothing else is looked at then.",
    )
    anew: Annotated[int, Field(ge=1, lt=2**53)] = Field(
        default=None,  # type: ignore[assignment]  # left out where it is no second try
        description="A change that met another one: what it wanted, in what holds now. Nothing else is looked at then.",
    )
    base: Annotated[str, Field(max_length=64, pattern=r"^([0-9a-f]{7,64})?$")] = Field(
        default="", description="The commit that you read; the newest where it is left out."
    )
    why: Words = Field(default="", examples=["The new release of xarray."])
    title_of_change: shapes.Line = Field(default="", description="The first line of `why` where it is left out.")
    confirm: shapes.Line = Field(
        default="", description="For what can't be had back after a time: the name of what goes, as a preview gives it."
    )


class Word(Given):
    """A word to those who read it later."""

    words: shapes.Text = Field(default="", max_length=1000, examples=["Good timing: nobody teaches this week."])


class Reason(Given):
    """Why; it is kept, and told."""

    because: shapes.Text = Field(default="", max_length=1000, examples=["Let the course end first."])


class ReasonAndName(Reason):
    """Why, and of what is taken away the name."""

    confirm: shapes.Line = Field(
        default="",
        description="Where undoing takes a hub or a community away again: its name, as `undo_takes` gives it.",
    )


class ChangesAsked(Given):
    """Which changes; what is empty does not narrow. `before` is the `older` of the page before."""

    community: shapes.NameOrNone = ""
    hub: shapes.NameOrNone = ""
    author: shapes.Line = Field(default="", description="A handle.", examples=["dan"])
    state: State | None = None
    open: bool = Field(default=False, description="Only those that are not made yet.")
    before: Number | None = None
    limit: shapes.Limit = 50


class ChangeHead(Told):
    """What a change is called, whose it is, and where it stands."""

    number: int = Field(examples=[17])
    title: str = Field(examples=["A newer image for Reef analysis"])
    author: str = Field(examples=["Dan Rahman"])
    at: datetime
    ended: datetime | None
    state: str = Field(examples=["committed"])
    sentence: str = Field(examples=["It is committed, and the hubs follow it."])
    by_editor: bool = Field(description="Somebody committed it with an editor of their own.")
    emergency: bool
    rollout: str = Field(description="How its roll-out is; empty where there is none.", examples=["rolling"])
    places: list[str] = Field(examples=[["reef/main"]])


class ChangeShort(ChangeHead):
    """A change in a list. `kinds`: see the table of kinds."""

    kinds: list[str] = Field(examples=[["image-tag"]])


class Changes(Told):
    """Some changes, the newest first. `older`: hand it over as `before` for the next ones; null at the end."""

    changes: list[ChangeShort]
    older: int | None


class KindTold(Told):
    """A kind of change, from the table that says whose consent it needs."""

    id: str = Field(examples=["image-tag"])
    title: str = Field(examples=["A newer image"])
    meaning: str
    destructive: bool


class PlanStep(Told):
    """What is done to one hub. `people`: with a running server."""

    hub: str = Field(examples=["reef/main"])
    kind: str
    sentence: str
    restarts: bool
    people: int
    differences: list[dict[str, Any]]


class PriceLine(Told):
    """One line of the working; `amount` is null where nobody knows it."""

    words: str
    amount: float | None


class Price(Told):
    """What it does to a month's price, with its working. `total` is null where a part of it is unknown."""

    currency: str = Field(default="", examples=["EUR"])
    total: float | None = Field(default=None, examples=[12.4])
    sentence: str = ""
    lines: list[PriceLine] = []


class Finding(Told):
    """A risk that a rule found, and what to do about it."""

    rule: str
    severity: str = Field(examples=["warning"])
    sentence: str
    mend: str
    source: str
    hub: str
    file: str
    line: int | None


class Need(Told):
    """One consent that it needs: one of the permissions, at a place. `given_by` is null while it waits."""

    permissions: list[str] = Field(examples=[["change:approve-routine"]])
    community: str = Field(examples=["reef"])
    hub: str = Field(examples=["main"])
    because: str
    given_by: str | None = Field(examples=["Carol Mendes"])
    holders: list[Somebody]
    second_person: bool = Field(description="Somebody else than who proposed it.")
    sentence: str


class ConsentTold(Told):
    """Somebody agreed, or declined."""

    name: str = Field(examples=["Carol Mendes"])
    agreed: bool
    words: str
    at: datetime


class ReviewTold(Told):
    """The review of an emergency; `at` is null until somebody has looked at it."""

    due: datetime | None
    at: datetime | None
    by: str
    words: str


class ConflictTold(Told):
    """Where it meets what somebody else did: the value before, the proposed one, and the one of today."""

    file: str
    path: list[str | int]
    sentence: str
    base: Any = None
    ours: Any = None
    theirs: Any = None


class ChangeTold(ChangeHead):
    """A change with everything that there is to say of it."""

    kinds: list[KindTold]
    why: str
    handle: str = Field(description="Of who proposed it.", examples=["dan"])
    because: str = Field(description="Why it was declined, or could not wait.")
    commit: str
    base: str = Field(description="The commit that it was made for.")
    words: dict[str, list[str]] = Field(description="What differs, in sentences by place.")
    difference: str = Field(description="What differs in the files, as git shows it.")
    plan: list[PlanStep]
    price: Price
    findings: list[Finding]
    conflicts: list[ConflictTold]
    trouble: str = Field(description="Why it could not be committed yet.")
    needs: list[Need]
    owed: list[str] = Field(description="Consents that a commit by an editor would have needed.")
    consents: list[ConsentTold]
    review: ReviewTold | None
    rollout_words: str
    undoes: int | None
    undone_by: list[int]
    undo_until: datetime | None
    undo_takes: list[str] = Field(description="The hubs and communities that undoing it would take away again.")
    can: list[str] = Field(description="What you can do about it now.", examples=[["agree", "decline"]])


class ChangeSaid(Told):
    """What came of it, and the change as it is now."""

    said: str = Field(examples=["Change 17: It is committed, and the hubs follow it."])
    change: ChangeTold


class ChangePreview(Told):
    """What a change would be. `flows`: your own consent is all that it needs."""

    base: str
    kinds: list[KindTold]
    words: dict[str, list[str]]
    difference: str
    plan: list[PlanStep]
    price: Price
    findings: list[Finding]
    needs: list[Need]
    flows: bool
    destructive: bool
    confirm: str = Field(description="What has to be typed to confirm it; empty where nothing has.")
    goes: list[str] = Field(default=[], description="Where a hub or a community is taken away: all that goes.")
    title_of_change: str = Field(default="", description="Of a change that is proposed anew: how it was called.")
    why: str = Field(default="", description="Of a change that is proposed anew: why it was proposed.")


class Going(Told):
    """What would go. `home_bytes` is null where homes were never measured; `until`: it can be had back."""

    name: str = Field(description="What has to be typed.", examples=["reef/lab"])
    hubs: list[str] = Field(examples=[["reef/lab"]])
    people: int
    servers: int
    home_bytes: int | None
    until: datetime
    sentences: list[str]
