"""Every address of the product, looked at and knocked at by everybody: who sees it, who is sent away, what changes.

The tables are complete: an address that is in no row, or in two, fails. Each row is what a stranger, a person of
another team, a member, a manager and an administrator are answered.
"""

import logging

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oncall.models import Heartbeat
from tests import scene
from tests.addresses import address, is_for_machines, routes
from tests.rows import changed, fingerprint

pytestmark = pytest.mark.django_db
ROLES = ("stranger", "other", "member", "manager", "admin")
# What GET is answered.
SEEN = {
    (200, 200, 200, 200, 200): """
        account_confirm_email account_email_verification_sent account_inactive account_reset_password
        account_reset_password_done account_reset_password_from_key account_reset_password_from_key_done api-docs
        api-schema coe:diagrams healthz oncall:manifest oncall:page_link oncall:service_worker readyz
    """,
    (200, 302, 302, 302, 302): "account_login account_signup",
    (302, 200, 200, 200, 200): """
        account_email account_logout account_set_password coe:action coe:actions coe:library coe:reader coe:review
        coe:reviews coe:revisions coe:source coe:owed coe:templates coe:built_in_template coe:template
        coe:request_coe home oncall:add_policy oncall:add_schedule oncall:add_service coe:content coe:html
        coe:import coe:pdf coe:picture coe:comments coe:pool coe:threads
        coe:coverage coe:subscriptions
        oncall:declare oncall:deployment oncall:deployments oncall:incident oncall:incident_fragment
        oncall:incidents oncall:ledger oncall:operations oncall:policy oncall:profile oncall:schedule
        oncall:schedules oncall:service oncall:services oncall:team oncall:teams search search-suggestions
        oncall:incident_more
    """,
    (302, 302, 302, 302, 302): "account_change_password account_confirm_login_code",
    (302, 403, 200, 200, 200): """
        coe:edit coe:paste coe:refresh coe:standing coe:submit oncall:add_door oncall:add_layer oncall:cover
        oncall:edit_layer coe:cause_graph coe:delegate coe:mentions coe:part coe:findings
        oncall:edit_policy oncall:edit_schedule oncall:edit_service oncall:maintenance oncall:mute_alert
        oncall:remove_layer oncall:service_parts
    """,
    (401, 403, 200, 200, 200): "coe-checklist coe-findings",
    (302, 403, 403, 200, 200): "coe:audience coe:waive_owed oncall:members",
    (302, 403, 403, 403, 200): "coe:add_template coe:edit_template oncall:catalogue",
    (302, 403, 403, 403, 403): "account_reauthenticate",
    (302, 405, 405, 405, 405): """
        coe:confirm_import
        coe:mark_read coe:thank coe:ask coe:answer coe:apply coe:reissue coe:unfollow
        coe:add_action coe:add_cause coe:add_event coe:change_action coe:change_cause coe:change_event
        coe:add_graph coe:add_picture coe:change_graph coe:change_picture coe:join_causes coe:link_causes
        coe:save_no_action coe:accept_comment coe:ask_reviewer coe:change_comment coe:change_raiser
        coe:dismiss_comment coe:leave_pool coe:reopen_thread coe:reply coe:resolve_thread coe:mend coe:waive
        coe:unwaive
        coe:drop_action coe:find_ineffective_action coe:finish_action coe:preview coe:publish coe:reopen
        coe:reopen_action coe:save_header coe:save_reason coe:save_section coe:start coe:tick coe:verify_action
        coe:put_back_event coe:star_event coe:withdraw oncall:acknowledge oncall:add_contact oncall:add_link
        oncall:add_need oncall:add_push coe:move_on coe:waive_question coe:demand_again coe:adopt_template
        coe:archive_template coe:restore_template coe:default_template
        oncall:add_token oncall:change_member oncall:close_door oncall:confirm_suspect oncall:escalate
        oncall:mitigate oncall:add_room oncall:add_rule oncall:quiet_hours oncall:remove_room oncall:remove_rule
        oncall:test_page oncall:test_room oncall:note oncall:open_door oncall:remove_contact oncall:remove_link
        oncall:remove_member oncall:push_key oncall:remove_need oncall:resolve oncall:revoke_token
        oncall:rule_out_suspect oncall:send_code oncall:severity oncall:take_shift oncall:theme oncall:trigger_again
        oncall:uncover oncall:verify_contact oncall:ask oncall:end_maintenance oncall:end_mute oncall:reassign
        oncall:reroute oncall:snooze
    """,
    (401, 200, 200, 200, 200): """
        actionitem-detail actionitem-list api-search coe-detail coe-list deployment-detail deployment-list
        environment-detail environment-list incident-attempts incident-detail incident-list incident-suspects user-me
        incident-timeline integration-detail integration-list schedule-detail schedule-list schedule-on-call
        schedule-shifts service-detail service-list team-detail team-list user-detail user-list incident-responders
        maintenance-detail maintenance-list mute-detail mute-list contactmethod-list escalationpolicy-detail
        escalationpolicy-list notificationrule-list room-detail room-list owed-detail owed-list review-detail
        review-list
    """,
    (401, 404, 404, 404, 404): "contactmethod-detail notificationrule-detail",
    (401, 405, 405, 405, 405): """
        coe-import actionitem-drop actionitem-find-ineffective actionitem-finish actionitem-reopen actionitem-verify
        coe-publish coe-review coe-section coe-waive coe-submit
        incident-acknowledge incident-escalate incident-mitigate
        incident-notes incident-reassign incident-reroute incident-resolve incident-severity incident-snooze
        incident-trigger-again incident-verdicts incident-mutes maintenance-end mute-end schedule-overrides
        review-decide review-delegate
    """,
    (401, 401, 401, 401, 401): "metrics",
    (404, 404, 404, 404, 200): "styleguide",
    (405, 405, 405, 405, 405): """
        alertmanager-door github-door mattermost-talk pagerduty-change-door pagerduty-door slack-actions
        slack-commands telegram-talk twilio-sms twilio-status twilio-voice twilio-voice-keys
    """,
}
# What a POST of nothing is answered: who may not is told so, who may is told what is missing.
KNOCKED = {
    (200, 200, 200, 200, 200): "account_reset_password account_reset_password_from_key healthz readyz",
    (200, 302, 302, 302, 302): "account_login account_signup",
    (302, 200, 200, 200, 200): "account_set_password oncall:add_policy oncall:push_key",
    (302, 302, 302, 302, 302): """
        account_change_password account_confirm_login_code account_email account_logout coe:confirm_import
    """,
    (302, 303, 303, 303, 303): """
        coe:mark_read coe:thank
        coe:start oncall:acknowledge oncall:add_push oncall:confirm_suspect oncall:escalate oncall:mitigate
        oncall:quiet_hours oncall:resolve oncall:rule_out_suspect oncall:test_page oncall:theme
    """,
    (302, 403, 200, 200, 200): "coe:preview oncall:add_layer oncall:edit_layer oncall:edit_policy",
    (302, 403, 303, 303, 303): """
        coe:reissue
        coe:finish_action coe:put_back_event coe:refresh coe:save_reason coe:star_event coe:tick
        oncall:close_door oncall:open_door oncall:remove_layer coe:move_on coe:waive_question
        coe:change_picture coe:save_no_action coe:unwaive
        oncall:remove_link oncall:remove_need oncall:uncover oncall:end_maintenance oncall:end_mute
        oncall:remove_room oncall:test_room coe:accept_comment coe:dismiss_comment coe:reopen_thread coe:resolve_thread
    """,
    (302, 403, 403, 303, 303): "oncall:change_member oncall:remove_member",
    (302, 403, 403, 403, 403): "account_reauthenticate",
    (302, 403, 403, 403, 303): "coe:adopt_template coe:restore_template coe:default_template coe:leave_pool",
    (302, 403, 403, 403, 409): "coe:archive_template",
    (302, 403, 403, 403, 200): "coe:edit_template",
    (302, 403, 403, 403, 422): "coe:add_template oncall:catalogue coe:change_raiser coe:pool",
    (302, 403, 403, 409, 409): "coe:demand_again",
    (302, 403, 403, 422, 422): "coe:waive_owed coe:audience oncall:members oncall:reroute",
    (302, 403, 303, 403, 403): "coe:change_comment",
    (302, 403, 409, 303, 303): "oncall:take_shift",
    (302, 403, 409, 409, 409): "coe:mend coe:publish coe:reopen coe:reopen_action coe:submit coe:withdraw",
    (302, 403, 422, 422, 422): """
        coe:answer
        coe:add_graph coe:add_picture coe:change_graph coe:join_causes coe:link_causes
        coe:add_action coe:add_cause coe:add_event coe:change_action coe:change_cause coe:change_event
        coe:waive
        coe:paste coe:save_header coe:save_section oncall:add_door oncall:add_link oncall:add_need oncall:cover
        coe:ask_reviewer coe:delegate
        oncall:edit_schedule oncall:edit_service oncall:maintenance oncall:mute_alert oncall:add_room
    """,
    (302, 404, 404, 404, 404): """
        coe:unfollow
        oncall:remove_contact oncall:remove_rule oncall:revoke_token oncall:send_code oncall:verify_contact
    """,
    (302, 405, 405, 405, 405): """
        coe:coverage
        coe:action coe:actions coe:owed coe:templates coe:built_in_template coe:template coe:edit coe:library
        coe:reader coe:reviews coe:revisions coe:source coe:standing coe:content coe:html coe:pdf
        coe:cause_graph coe:picture home oncall:deployment oncall:deployments oncall:incident
        oncall:incident_fragment oncall:incidents coe:threads coe:mentions coe:part coe:findings
        oncall:ledger oncall:operations oncall:policy oncall:schedule oncall:schedules oncall:service
        oncall:service_parts oncall:services oncall:team oncall:teams search search-suggestions oncall:incident_more
    """,
    (302, 409, 409, 409, 409): "oncall:trigger_again",
    (302, 422, 422, 422, 422): """
        coe:ask coe:apply coe:subscriptions
        coe:request_coe coe:drop_action coe:find_ineffective_action coe:review coe:verify_action
        oncall:add_contact coe:import coe:comments coe:reply
        oncall:add_schedule oncall:add_service oncall:add_token oncall:declare oncall:note oncall:profile
        oncall:severity oncall:ask oncall:reassign oncall:snooze oncall:add_rule
    """,
    (303, 303, 303, 303, 303): "oncall:page_link",
    (400, 400, 400, 400, 400): "pagerduty-change-door pagerduty-door",
    (401, 200, 200, 200, 200): "incident-acknowledge incident-escalate incident-mitigate incident-resolve",
    (401, 400, 400, 400, 400): """
        coe-import actionitem-drop actionitem-find-ineffective actionitem-verify coe-list coe-review
        deployment-list
        incident-list incident-notes incident-severity incident-verdicts integration-list incident-reassign
        incident-responders incident-snooze maintenance-list review-decide review-delegate
    """,
    (401, 403, 200, 200, 200): "actionitem-finish",
    (401, 403, 204, 204, 204): "maintenance-end mute-end",
    (401, 403, 403, 400, 400): "incident-reroute",
    (401, 403, 400, 400, 400): "incident-mutes schedule-overrides",
    (401, 403, 409, 409, 409): "actionitem-reopen coe-publish coe-submit",
    (401, 405, 405, 405, 405): """
        coe-checklist coe-findings
        actionitem-detail actionitem-list api-search coe-detail coe-section coe-waive
        deployment-detail environment-detail
        environment-list incident-attempts incident-detail incident-suspects incident-timeline integration-detail
        schedule-detail schedule-list schedule-on-call schedule-shifts service-detail service-list team-detail
        team-list user-detail user-list maintenance-detail mute-detail mute-list contactmethod-detail
        contactmethod-list escalationpolicy-detail escalationpolicy-list notificationrule-detail
        notificationrule-list room-detail room-list user-me owed-detail owed-list review-detail review-list
    """,
    (401, 409, 409, 409, 409): "incident-trigger-again",
    (403, 403, 403, 403, 403): """
        alertmanager-door github-door mattermost-talk slack-actions slack-commands telegram-talk twilio-sms
        twilio-status twilio-voice twilio-voice-keys
    """,
    (404, 404, 404, 404, 200): "styleguide",
    (404, 404, 404, 404, 404): "account_confirm_email",
    (405, 405, 405, 405, 405): """
        coe:diagrams
        account_email_verification_sent account_inactive account_reset_password_done
        account_reset_password_from_key_done api-docs api-schema metrics oncall:manifest oncall:service_worker
    """,
}


@pytest.fixture
def visitors():
    """A client for each role; what goes wrong is answered with 500, as it would be outside."""
    found = {role: Client(raise_request_exception=False) for role in ROLES}
    for role, user in scene.people().items():
        if user:
            found[role].force_login(user)
    return found


@pytest.fixture
def things(visitors):
    found = scene.everything()
    for name in ("worker", "tick"):
        Heartbeat.objects.beat(name, timezone.now())
    return found


@pytest.fixture(autouse=True)
def quiet():
    """Refusals are what is asked for here."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def expected(table):
    """Name → answers by role."""
    return {name: dict(zip(ROLES, answers, strict=True)) for answers, names in table.items() for name in names.split()}


@pytest.mark.parametrize("table", [SEEN, KNOCKED], ids=["seen", "knocked"])
def test_every_address_stands_in_the_table_once(table):
    listed = [name for names in table.values() for name in names.split()]

    assert sorted(listed) == sorted(routes())


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_what_the_table_says_and_changes_nothing_by_looking(visitors, things, role):
    before = fingerprint()

    answers = {name: visitors[role].get(address(name, things)).status_code for name in routes()}

    assert answers == {name: by_role[role] for name, by_role in expected(SEEN).items()}
    assert changed(before, fingerprint()) == []


@pytest.mark.parametrize("role", ROLES)
def test_everybody_may_do_what_the_table_says(visitors, things, role):
    answers = {name: knock(visitors[role], address(name, things)) for name in routes()}

    assert answers == {name: by_role[role] for name, by_role in expected(KNOCKED).items()}


def knock(client, path):
    """What a POST of nothing is answered; whatever it did is undone, the sign-in too."""
    cookies, savepoint = client.cookies.copy(), transaction.savepoint()
    given = ({}, "application/json") if is_for_machines(path) else ({"csrfmiddlewaretoken": "x"},)
    answer = client.post(path, *given)
    transaction.savepoint_rollback(savepoint)
    client.cookies = cookies
    return answer.status_code


def test_strangers_change_nothing(visitors, things):
    before = fingerprint()

    for name in routes():
        if name != "oncall:page_link":
            path = address(name, things)
            visitors["stranger"].post(path, {"csrfmiddlewaretoken": "x"})

    assert changed(before, fingerprint()) == []


def places_of_the_administration():
    """The lists and forms of every model there, and of one row of it where there is one."""
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield from (reverse(f"{name}_changelist"), reverse(f"{name}_add"))
        if row := model._default_manager.first():
            yield from (reverse(f"{name}_{part}", args=[row.pk]) for part in ("change", "history", "delete"))


def test_the_administration_is_for_administrators(visitors, things):
    for place in places_of_the_administration():
        answers = [visitors[role].get(place).status_code for role in ROLES]

        assert answers[0] == 302, place
        assert answers[1:4] in ([302] * 3, [403] * 3), place
        assert answers[4] in (200, 403), place


def test_administrators_read_every_list_of_the_administration(visitors, things):
    for model in admin.site._registry:
        place = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

        assert visitors["admin"].get(place).status_code == 200, place
