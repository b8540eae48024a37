"""Everything that one may be allowed to do, as `resource:action`.

A permission is a power over what is shared or somebody else's. What people do with what is their own (their
account, their tokens, a request they make) needs none. `model.yaml` gives each permission to one responsibility.
"""

from enum import StrEnum
from typing import Final, Self

from commonhub.ground import errors

_LOOKING: Final = frozenset({"propose", "see"})


class Permission(StrEnum):
    """In the order of the alphabet. Beside each: what one does, with `{place}` where it is done, and what that means."""

    phrase: str

    def __new__(cls, value: str, phrase: str, meaning: str) -> Self:
        """A word that carries its phrase and, as its docstring, its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.phrase = phrase
        member.__doc__ = meaning
        return member

    ACCESS_SEE = "access:see", "see who may use {place}", "See a hub's access policy and the people it lets in."
    ACCESS_SET = "access:set", "set the access policy of {place}", "Decide who may use a hub, and by which rule."
    ADMINISTRATOR_APPOINT = (
        "administrator:appoint",
        "appoint a hub administrator for {place}",
        "Appoint hub administrators, and end their appointment.",
    )
    AGREEMENT_ACCEPT = (
        "agreement:accept",
        "accept the agreement for {place}",
        "Accept an agreement, or its changed terms, in the community's name.",
    )
    AGREEMENT_OFFER = (
        "agreement:offer",
        "offer an agreement to {place}",
        "Offer an agreement, or changed terms, in the service's name.",
    )
    AGREEMENT_SEE = "agreement:see", "see the agreement of {place}", "See an agreement with all its versions."
    AUDIT_EXPORT = "audit:export", "export the audit trail of {place}", "Take the audit trail out as JSON Lines."
    AUDIT_SEE = "audit:see", "see the audit trail of {place}", "See who did what, when and why."
    AUDIT_VERIFY = "audit:verify", "verify the audit trail of {place}", "Prove that no line of the audit was changed."
    BUDGET_SET = "budget:set", "set the budget of {place}", "Set what may be spent, and from which sum on to ask."
    CHANGE_APPROVE_ACCESS = (
        "change:approve-access",
        "consent to a change of access to {place}",
        "Consent to a change of who may use a hub.",
    )
    CHANGE_APPROVE_COST = (
        "change:approve-cost",
        "consent to a change that costs more at {place}",
        "Consent to a change that costs more than the community's threshold.",
    )
    CHANGE_APPROVE_PROGRAM = (
        "change:approve-program",
        "consent to program text in the settings of {place}",
        "Consent to program text, side containers, storage back-ends and raw values.",
    )
    CHANGE_APPROVE_ROUTINE = (
        "change:approve-routine",
        "consent to a routine change of {place}",
        "Let a routine change flow: images, sizes like those before, quotas within the budget.",
    )
    CHANGE_BYPASS = (
        "change:bypass",
        "change {place} without the consents it needs",
        "Make a change at once in an emergency; its review follows.",
    )
    CHANGE_PROPOSE = "change:propose", "propose a change of {place}", "Propose a change; it waits for its consents."
    CHANGE_REVIEW = "change:review", "review an emergency change of {place}", "Review what was changed in an emergency."
    CHANGE_SEE = "change:see", "see the changes of {place}", "See changes with their plan, price and consents."
    CHANGE_UNDO = "change:undo", "undo a change of {place}", "Take a change back while it can be undone."
    COMMUNITY_CREATE = (
        "community:create",
        "set up a community in {place}",
        "Set up a community, and name its representatives while it has none.",
    )
    COMMUNITY_DESCRIBE = (
        "community:describe",
        "describe {place}",
        "Change how a community presents itself: title, description, web page, place.",
    )
    COMMUNITY_REMOVE = "community:remove", "remove {place}", "End a community's service; restorable for a time."
    COMMUNITY_SEE = "community:see", "see the page of {place}", "See a community's page."
    COST_SEE = "cost:see", "see what {place} costs", "See what a community's hubs cost and used."
    COVERAGE_SEE = (
        "coverage:see",
        "see the coverage of {place}",
        "See which responsibilities are carried, and the gaps.",
    )
    DOCTOR_RUN = "doctor:run", "examine the protections of {place}", "Examine which protections hold on the machine."
    ENGINEER_APPOINT = (
        "engineer:appoint",
        "appoint an engineer for {place}",
        "Appoint engineers, and end their appointment.",
    )
    FLEET_APPLY = "fleet:apply", "apply the fleet folder to {place}", "Commit what was edited and bring the hubs to it."
    FLEET_BEGIN = "fleet:begin", "begin a fleet in {place}", "Write a first fleet folder."
    FLEET_IMPORT = "fleet:import", "import hubs into {place}", "Bring in the configuration of hubs that run elsewhere."
    FLEET_PLAN = "fleet:plan", "plan what would change in {place}", "See what applying the fleet folder would do."
    FLEET_SEE = "fleet:see", "see all of {place}", "See every community, hub and part, and export the list."
    FLEET_START = "fleet:start", "start {place}", "Start everything on a machine."
    FLEET_STOP = "fleet:stop", "stop {place}", "Stop everything on a machine; nothing is deleted."
    FLEET_SYNC = "fleet:sync", "exchange commits of {place} with its remote", "Push and pull the fleet folder."
    FLEET_VALIDATE = "fleet:validate", "check the files of {place}", "Check the fleet folder for faults."
    GROUP_CHANGE = "group:change", "change who is in a group of {place}", "Add people to a group, and take them out."
    GROUP_CREATE = "group:create", "make a group at {place}", "Make a group of people."
    GROUP_REMOVE = "group:remove", "remove a group of {place}", "Remove a group; its people stay."
    GUIDE_APPOINT = "guide:appoint", "appoint a guide for {place}", "Appoint guides, and end their appointment."
    HOMES_REMOVE = "homes:remove", "delete people's files of {place}", "Delete people's files; restorable for a time."
    HUB_CLOSE = "hub:close", "close {place} to its people", "Close a hub to its people for a while; nothing is lost."
    HUB_CREATE = "hub:create", "make a hub in {place}", "Make a hub for a community."
    HUB_EXPORT = "hub:export", "take all of {place} out", "Take a hub out to run it elsewhere."
    HUB_LOGIN = "hub:login", "see how people sign in to {place}", "See a hub's shared passwords."
    HUB_LOGS = "hub:logs", "read the log of {place}", "Read the last lines of a hub's log."
    HUB_OPEN = "hub:open", "open {place} to its people", "Open a hub again that was closed to its people."
    HUB_REMOVE = "hub:remove", "remove {place}", "Remove a hub; restorable for a time."
    HUB_RESTART = "hub:restart", "restart {place}", "Restart a hub's own process; people's servers go on."
    HUB_SEE = "hub:see", "see the page of {place}", "See a hub's page: its state, settings and servers in use."
    HUB_SLEEP = "hub:sleep", "put {place} to sleep", "Put a hub to sleep; the next request wakes it."
    HUB_WAKE = "hub:wake", "wake {place}", "Wake a hub without visiting it."
    INVITATION_CREATE = "invitation:create", "invite people to {place}", "Invite people, by name or by a link."
    INVITATION_REVOKE = "invitation:revoke", "revoke an invitation to {place}", "End an invitation before its time."
    JOIN_ANSWER = "join:answer", "answer requests to join {place}", "Answer people who ask to join a hub."
    LEAVE_GIVE = (
        "leave:give",
        "give leave for an exception at {place}",
        "Give somebody leave, for a time and a reason, to do what comes with no role.",
    )
    LOGIN_CONFIGURE = (
        "login:configure",
        "configure the ways to sign in to {place}",
        "Connect a provider of logins, and change its settings and keys.",
    )
    MODEL_CHANGE = "model:change", "change the responsibility model of {place}", "Change areas, duties and roles."
    MODEL_CHECK = "model:check", "check the responsibility model of {place}", "Check whether the model is sound."
    MODEL_SEE = "model:see", "see the responsibility model of {place}", "See areas, responsibilities and roles."
    PERSON_ADD = "person:add", "add people to {place}", "Let people use a hub."
    PERSON_IMPORT = (
        "person:import",
        "import a list of people into {place}",
        "Add many people from a file, after a preview.",
    )
    PERSON_REMOVE = (
        "person:remove",
        "remove people from {place}",
        "End people's use of a hub, saying what of their files.",
    )
    PERSON_SEE = "person:see", "see the people of {place}", "See people's pages: roles, groups and last use."
    PRICE_SEE = "price:see", "see the prices of {place}", "See prices, and the working of an estimate."
    PRICE_SET = "price:set", "set the prices of {place}", "Set the price schedules."
    REPRESENTATIVE_APPOINT = (
        "representative:appoint",
        "appoint a representative of {place}",
        "Appoint a second representative, or one's successor.",
    )
    ROLLOUT_PAUSE = "rollout:pause", "pause a roll-out to {place}", "Hold a roll-out before its next cohort."
    ROLLOUT_RESUME = "rollout:resume", "resume a roll-out to {place}", "Let a held roll-out go on."
    ROLLOUT_START = "rollout:start", "begin a roll-out to {place}", "Bring a change to many hubs, cohort by cohort."
    ROLLOUT_UNDO = "rollout:undo", "undo a roll-out to {place}", "Bring hubs back to what they were before a roll-out."
    SERVER_OPEN = (
        "server:open",
        "open a person's server at {place}",
        "Open somebody's server; the person is told, with the reason.",
    )
    SERVER_START = (
        "server:start",
        "start a person's server at {place}",
        "Start somebody's server, without seeing into it.",
    )
    SERVER_STOP = "server:stop", "stop a person's server at {place}", "Stop somebody's server; files stay."
    SERVICE_INSTALL = "service:install", "let {place} start with its machine", "Write a unit for systemd."
    SESSION_END = "session:end", "end a person's sessions at {place}", "End somebody's sessions and tokens everywhere."

    @classmethod
    def named(cls, word: str) -> Self:
        """The permission that a word names. Raises NotFoundError where there is none."""
        found = cls._value2member_map_.get(word)
        if not isinstance(found, cls):
            raise errors.NotFoundError(f"There is no permission {word[:40]!r}.", "See them all: commonhub model show")
        return found

    @property
    def meaning(self) -> str:
        """One sentence: what it lets one do."""
        return self.__doc__ or ""

    @property
    def only_looks(self) -> bool:
        """Whether it changes nothing: one sees, or proposes what waits for others' consent."""
        return self.value.partition(":")[2] in _LOOKING


KNOWN: Final = tuple(str(permission) for permission in Permission)
"""All permissions as words, in the order of the alphabet."""
