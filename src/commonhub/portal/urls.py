"""Where each page is."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from commonhub.portal import (
    access,
    access_acts,
    acts,
    appointing,
    asking,
    change_forms,
    change_pages,
    changes,
    class_list,
    communities,
    duties,
    fleet,
    groups,
    health,
    help,  # noqa: A004 - a page's name
    home_pages,
    hubs,
    mishaps,
    model_page,
    noting,
    person_acts,
    persons,
    rollout_pages,
    trail,
)

COMMUNITY = "communities/<slug:community>"
HUB = "hubs/<slug:community>/<slug:hub>"
ACCESS = f"{HUB}/access"

urlpatterns = [
    path("", duties.view, name="duties"),
    path("notices/<int:number>", duties.seen, name="seen"),
    path("asks", asking.ask, name="ask"),
    path("asks/<int:number>", asking.answer, name="answer"),
    path("fleet", fleet.view, name="fleet"),
    path("hubs.csv", fleet.export, name="export"),
    path("responsibility", model_page.view, name="responsibility"),
    path("may", model_page.may, name="may"),
    path("people", persons.search, name="people"),
    path("people/<slug:handle>", persons.view, name="person"),
    path("people/<slug:handle>/sign-out", person_acts.sign_out, name="sign-out-person"),
    path("people/<slug:handle>/open-again", person_acts.open_again, name="open-again"),
    path("audit", trail.view, name="audit"),
    path("audit.jsonl", trail.export, name="export-audit"),
    path(COMMUNITY, communities.view, name="community"),
    path(f"{COMMUNITY}/responsibility", communities.responsibility, name="community-responsibility"),
    path(f"{COMMUNITY}/appoint", appointing.appoint, name="appoint"),
    path(f"{COMMUNITY}/end", appointing.end, name="end-appointment"),
    path(f"{COMMUNITY}/depart", appointing.depart, name="depart"),
    path(f"{COMMUNITY}/return", appointing.return_to_usual, name="return"),
    path(f"{COMMUNITY}/terms", appointing.terms, name="terms"),
    path(f"{COMMUNITY}/describe", appointing.describe, name="describe"),
    *(
        path(f"{COMMUNITY}/sign-for-{side}", appointing.sign, {"side": side}, name=f"sign-{side}")
        for side in ("service", "community")
    ),
    path(f"{COMMUNITY}/change", change_forms.of_community, name="change-community"),
    path(f"{COMMUNITY}/note", noting.note, name="note"),
    path(f"{COMMUNITY}/groups", groups.view, name="groups"),
    path(f"{COMMUNITY}/groups/create", groups.create, name="create-group"),
    path(f"{COMMUNITY}/groups/<slug:name>/remove", groups.remove, name="remove-group"),
    path(f"{COMMUNITY}/groups/<slug:name>/change", groups.change, name="change-group"),
    path(HUB, hubs.view, name="hub"),
    *(path(f"{HUB}/{verb}", hubs.act, {"verb": verb}, name=verb) for verb in acts.VERBS),
    path(f"{HUB}/servers/stop", hubs.stop_server, name="stop-server"),
    path(f"{HUB}/change", change_forms.of_hub, name="change-hub"),
    path(f"{HUB}/join", access_acts.join, name="join"),
    path(ACCESS, access.view, name="access"),
    path(f"{ACCESS}/add", access_acts.add, name="add-person"),
    path(f"{ACCESS}/people/<slug:handle>/link", access_acts.person_link, name="person-link"),
    path(f"{ACCESS}/people/<slug:handle>/remove", access_acts.remove, name="remove-person"),
    path(f"{ACCESS}/people/<slug:handle>/home/remove", home_pages.remove, name="remove-home"),
    path(f"{ACCESS}/people/<slug:handle>/home/keep", home_pages.keep, name="keep-home"),
    path(f"{ACCESS}/invite", access_acts.invite, name="invite"),
    path(f"{ACCESS}/invitations/<int:invitation>/revoke", access_acts.revoke, name="revoke"),
    path(f"{ACCESS}/requests/<int:wish>", access_acts.answer_request, name="answer-join"),
    path(f"{ACCESS}/leaves", access_acts.give_leave, name="give-leave"),
    path(f"{ACCESS}/policy", access_acts.set_policy, name="set-access"),
    path(f"{ACCESS}/import", class_list.bring, name="import"),
    path(f"{ACCESS}/import/apply", class_list.apply, name="apply-import"),
    path(f"{ACCESS}/export", class_list.take_out, name="export-roster"),
    path(f"{ACCESS}/reviewed", noting.reviewed, name="reviewed"),
    path("leaves/<int:leave>/end", access_acts.end_leave, name="end-leave"),
    path("changes", changes.view, name="changes"),
    path("changes/<int:number>", change_pages.view, name="change"),
    *(
        path(f"changes/<int:number>/{verb}", change_pages.act, {"verb": verb}, name=f"{verb}-change")
        for verb in change_pages.ACTS
    ),
    path("rollouts/<int:number>", rollout_pages.view, name="rollout"),
    *(
        path(f"rollouts/<int:number>/{verb}", rollout_pages.act, {"verb": verb}, name=f"{verb}-rollout")
        for verb in rollout_pages.ACTS
    ),
    path("help", help.view, name="help"),
    path("health", health.view, name="health"),
    # People choose their language before they sign in.
    path("language", login_not_required(set_language), name="language"),
]

handler400 = mishaps.bad_request
handler403 = mishaps.refused
handler404 = mishaps.not_found
handler500 = mishaps.broken
