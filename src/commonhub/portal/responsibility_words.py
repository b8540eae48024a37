"""The words of the shipped responsibility model in the reader's language.

The model is data and speaks English. Its texts, and the meanings of permissions, are named here, once each, so that the
catalogues of languages know them; a test holds both against each other. What an organisation writes in its own model
is shown as it is written.
"""

from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

TEXTS: Final = (
    _("Shared responsibility model"),
    _("Service Team"),
    _("The engineers who run the infrastructure that the communities use."),
    _("Community Support Team"),
    _("The guides who help communities to use the infrastructure and carry their needs back to the engineers."),
    _("Community Representatives"),
    _(
        "Leaders within a community who act on its behalf, define its goals, and carry knowledge between it and the service."
    ),
    _("Hub Community"),
    _("The people who use a community's hubs."),
    _("Site Reliability Engineering"),
    _("Ensure that the cloud infrastructure is reliable, robust, and scalable."),
    _("Usually the service carries all of this. A community's own people may take part where both sides agree on it."),
    _("Service applications support"),
    _(
        "Ensure that communities have the skills and understanding needed to use the cloud infrastructure to have an impact."
    ),
    _(
        "Generally shared between the service and the communities it works with. The service puts its effort into training for general use, aimed at community leaders, and into documentation. The base agreement leaves no room for long work on complex environments or cloud data sets in a community's place."
    ),
    _("Community leadership and management"),
    _("Ensure that a hub's community has the structure, support, and leadership to make the most of the hub."),
    _("Leading and managing a community is generally the community's own responsibility."),
    _("Software engineering"),
    _("Improve and maintain open source tools to support community workflows."),
    _("Software is developed by members of the community, or by partners of theirs."),
    _(
        "There are no formal roles for this area. The service has no capacity of its own for developing software, and hopes to grow some."
    ),
    _("Monitor infrastructure for errors"),
    _("Watch the cloud infrastructure continuously, so that problems of use are found before they reach users."),
    _("Respond to incidents"),
    _("When an incident is found or reported, carry out an incident response to understand it and resolve it."),
    _("Deploy and configure the cloud environment"),
    _(
        "Make the connections and technical changes that a community's environment needs, such as its login, a database, or the memory of each user."
    ),
    _("Enhance and develop cloud infrastructure"),
    _("Keep developing and deploying improvements of the software that make the service more reliable and scalable."),
    _("Operate a Kubernetes cluster"),
    _(
        "Run the cloud platform, or the machine in its place, that carries all of a community's infrastructure and may be shared by many communities."
    ),
    _("Create documentation and training material"),
    _("Write and improve what helps users to learn cloud-native workflows and to use the infrastructure well."),
    _("Provide support to community leaders"),
    _("Answer community leaders by the service's support process."),
    _("Assist with user environment creation"),
    _("Bring knowledge of the field to setting up the right environment, from Binder-style repositories."),
    _("Create and manage data in the cloud"),
    _("Where a community needs a cloud-native data set, format it properly and put it where the hub can reach it."),
    _("Run workshops and training"),
    _("Hold training for community leaders, which helps them to share what they know with others in their community."),
    _("Define success for the hub's community"),
    _("Understand the goals of the community's users, and define whether the hub meets their needs."),
    _("Oversee user access policy"),
    _("Decide who has access to the hub, and what each may do there."),
    _("Manage and cultivate a community around the hub"),
    _("Define the events, processes, structure and channels that suit the hub's community best."),
    _("Represent community in decisions and feedback"),
    _("Be the point of contact for engineers, ask for changes of the hub, and bring up incidents and problems."),
    _("Make financial decisions about the hub"),
    _("Decide on changes that cost or save money, and be the point of contact for billing."),
    _("Develop domain-specific software"),
    _("Develop the software that the community's members need for their own field."),
    _("Develop software for interactive computing"),
    _("Improve the tools that give users their sessions, such as JupyterHub and JupyterLab."),
    _("Support open source communities"),
    _(
        "Help the communities whose tools the service stands on, so that the tools stay reliable and those who make them stay healthy."
    ),
    _("Site Reliability Engineer"),
    _(
        "An engineer who knows cloud infrastructure and the open source tools of the service. Oversees the infrastructure, develops and upgrades it, makes changes that representatives ask for, and works with the support team in incidents."
    ),
    _(
        "Usually filled by the service's own people. A community's own engineers may serve where both sides agree on it."
    ),
    _("Community Guide"),
    _(
        "A practitioner who knows users' workflows and the technical uses that the service makes possible. A bridge between communities and engineers, who passes on knowledge, makes needs heard, and shows how to use the infrastructure well."
    ),
    _(
        "Usually filled by the service's own people. A community with power users, or with strong engineers, may fill it itself."
    ),
    _("Hub Administrator"),
    _(
        "A trusted member of the community who does the common administration of a hub for which no engineer is needed, such as adding people and starting or stopping servers."
    ),
    _("Filled by a member of the community. Its representatives are the first, and may add others."),
    _("Community Representative"),
    _(
        "The first point of contact for a community, who speaks for it with authority, decides about the infrastructure it uses, and sees to it that the hub serves its people."
    ),
    _("Filled by one or two leaders of the community."),
    _("An alert or a failed probe was examined."),
    _("An incident was answered and brought to its end."),
    _("An incident was rehearsed on a hub, without need."),
    _("A change was applied to the hub."),
    _("An improvement of the software was rolled out."),
    _("The cluster or machine was upgraded."),
    _("The protections of the cluster or machine were examined."),
    _("A page of documentation or training material was written or reviewed."),
    _("A request of a community leader was answered."),
    _("An environment was built or reviewed with the community."),
    _("A data set was published or checked near the hub."),
    _("A workshop or training was held for community leaders."),
    _("The community's measures of success were reviewed."),
    _("The access policy, or the list of people, was reviewed."),
    _("The community met, in an event or a call around its hub."),
    _("A change was asked for or decided in the community's name."),
    _("The agreement was accepted or renewed."),
    _("The costs and the budget were reviewed."),
    _("Work on open source software was contributed."),
    _("See a hub's access policy and the people it lets in."),
    _("Decide who may use a hub, and by which rule."),
    _("Appoint hub administrators, and end their appointment."),
    _("Accept an agreement, or its changed terms, in the community's name."),
    _("Offer an agreement, or changed terms, in the service's name."),
    _("See an agreement with all its versions."),
    _("Take the audit trail out as JSON Lines."),
    _("See who did what, when and why."),
    _("Prove that no line of the audit was changed."),
    _("Set what may be spent, and from which sum on to ask."),
    _("Consent to a change of who may use a hub."),
    _("Consent to a change that costs more than the community's threshold."),
    _("Consent to program text, side containers, storage back-ends and raw values."),
    _("Let a routine change flow: images, sizes like those before, quotas within the budget."),
    _("Make a change at once in an emergency; its review follows."),
    _("Propose a change; it waits for its consents."),
    _("Review what was changed in an emergency."),
    _("See changes with their plan, price and consents."),
    _("Take a change back while it can be undone."),
    _("Set up a community, and name its representatives while it has none."),
    _("Change how a community presents itself: title, description, web page, place."),
    _("End a community's service; restorable for a time."),
    _("See a community's page."),
    _("See what a community's hubs cost and used."),
    _("See which responsibilities are carried, and the gaps."),
    _("Examine which protections hold on the machine."),
    _("Appoint engineers, and end their appointment."),
    _("Commit what was edited and bring the hubs to it."),
    _("Write a first fleet folder."),
    _("Bring in the configuration of hubs that run elsewhere."),
    _("See what applying the fleet folder would do."),
    _("See every community, hub and part, and export the list."),
    _("Start everything on a machine."),
    _("Stop everything on a machine; nothing is deleted."),
    _("Push and pull the fleet folder."),
    _("Check the fleet folder for faults."),
    _("Add people to a group, and take them out."),
    _("Make a group of people."),
    _("Remove a group; its people stay."),
    _("Appoint guides, and end their appointment."),
    _("Delete people's files; restorable for a time."),
    _("Close a hub to its people for a while; nothing is lost."),
    _("Make a hub for a community."),
    _("Take a hub out to run it elsewhere."),
    _("See a hub's shared passwords."),
    _("Read the last lines of a hub's log."),
    _("Open a hub again that was closed to its people."),
    _("Remove a hub; restorable for a time."),
    _("Restart a hub's own process; people's servers go on."),
    _("See a hub's page: its state, settings and servers in use."),
    _("Put a hub to sleep; the next request wakes it."),
    _("Wake a hub without visiting it."),
    _("Invite people, by name or by a link."),
    _("End an invitation before its time."),
    _("Answer people who ask to join a hub."),
    _("Give somebody leave, for a time and a reason, to do what comes with no role."),
    _("Connect a provider of logins, and change its settings and keys."),
    _("Change areas, duties and roles."),
    _("Check whether the model is sound."),
    _("See areas, responsibilities and roles."),
    _("Let people use a hub."),
    _("Add many people from a file, after a preview."),
    _("End people's use of a hub, saying what of their files."),
    _("See people's pages: roles, groups and last use."),
    _("See prices, and the working of an estimate."),
    _("Set the price schedules."),
    _("Appoint a second representative, or one's successor."),
    _("Hold a roll-out before its next cohort."),
    _("Let a held roll-out go on."),
    _("Bring a change to many hubs, cohort by cohort."),
    _("Bring hubs back to what they were before a roll-out."),
    _("Open somebody's server; the person is told, with the reason."),
    _("Start somebody's server, without seeing into it."),
    _("Stop somebody's server; files stay."),
    _("Write a unit for systemd."),
    _("End somebody's sessions and tokens everywhere."),
)


def said(text: str) -> str:
    """A text of the model in the reader's language, where it is one of the shipped model's."""
    return gettext(text) if text else ""
