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
        account_email account_logout account_set_password coe:action coe:actions coe:add_collection
        coe:built_in_template coe:collect coe:collection coe:collections coe:comments coe:content coe:coverage
        coe:export_library coe:html coe:import coe:library coe:months coe:owed coe:pdf coe:picture coe:pool coe:reader
        coe:request_coe coe:review coe:reviews coe:revision coe:revisions coe:source coe:subscriptions coe:template
        coe:templates coe:threads coe:to_read home oncall:add_policy oncall:add_schedule oncall:add_service
        oncall:declare oncall:deployment oncall:deployments oncall:incident oncall:incident_fragment
        oncall:incident_more oncall:incidents oncall:ledger oncall:operations oncall:policy oncall:profile
        oncall:schedule oncall:schedules oncall:service oncall:services oncall:team oncall:teams search
        search-suggestions
    """,
    (302, 302, 302, 302, 302): "account_change_password account_confirm_login_code",
    (302, 403, 200, 200, 200): """
        coe:cause_graph coe:delegate coe:edit coe:findings coe:mentions coe:part coe:paste coe:refresh coe:restore
        coe:standing coe:submit oncall:add_door oncall:add_layer oncall:cover oncall:edit_layer oncall:edit_policy
        oncall:edit_schedule oncall:edit_service oncall:maintenance oncall:mute_alert oncall:remove_layer
        oncall:service_parts
    """,
    (401, 403, 200, 200, 200): "coe-checklist coe-findings revision-restore",
    (302, 403, 403, 200, 200): "coe:audience coe:choose coe:edit_collection coe:waive_owed oncall:members",
    (302, 403, 403, 403, 200): "coe:add_template coe:edit_template oncall:catalogue",
    (302, 403, 403, 403, 403): "account_reauthenticate",
    (302, 405, 405, 405, 405): """
        coe:accept_comment coe:add_action coe:add_cause coe:add_entry coe:add_event coe:add_feed coe:add_graph
        coe:add_picture coe:adopt_template coe:answer coe:apply coe:archive_template coe:ask coe:ask_reviewer
        coe:begin_import coe:cancel_import coe:change_action coe:change_cause coe:change_comment coe:change_entry
        coe:change_event coe:change_graph coe:change_picture coe:change_raiser coe:change_subscription
        coe:default_template coe:delete_collection coe:demand_again coe:dismiss_comment coe:drop_action
        coe:find_ineffective_action coe:finish_action coe:follow coe:join_causes coe:leave_pool coe:link_causes
        coe:mark_read coe:mend coe:move_on coe:preview coe:publish coe:put_back_event coe:reissue coe:reopen
        coe:reopen_action coe:reopen_thread coe:reply coe:resolve_thread coe:restore_template coe:revoke_feed
        coe:save_header coe:save_no_action coe:save_reason coe:save_section coe:star_event coe:start coe:thank
        coe:tick coe:unfollow coe:unwaive coe:verify_action coe:waive coe:waive_question coe:withdraw
        coe:withdraw_choice oncall:acknowledge oncall:add_contact oncall:add_link oncall:add_need oncall:add_push
        oncall:add_room oncall:add_rule oncall:add_token oncall:ask oncall:change_member oncall:close_door
        oncall:confirm_suspect oncall:end_maintenance oncall:end_mute oncall:escalate oncall:mitigate oncall:note
        oncall:open_door oncall:push_key oncall:quiet_hours oncall:reassign oncall:remove_contact oncall:remove_link
        oncall:remove_member oncall:remove_need oncall:remove_room oncall:remove_rule oncall:reroute oncall:resolve
        oncall:revoke_token oncall:room_coes oncall:rule_out_suspect oncall:send_code oncall:severity oncall:snooze
        oncall:take_shift oncall:test_page oncall:test_room oncall:theme oncall:trigger_again oncall:uncover
        oncall:verify_contact coe:give_up
    """,
    (401, 200, 200, 200, 200): """
        actionitem-detail actionitem-list api-search applicability-list coe-detail coe-list collection-detail
        collection-list contactmethod-list coverage-list deployment-detail deployment-list environment-detail
        environment-list escalationpolicy-detail escalationpolicy-list import-list incident-attempts incident-detail
        incident-list incident-responders incident-suspects incident-timeline integration-detail integration-list
        maintenance-detail maintenance-list mute-detail mute-list notificationrule-list owed-detail owed-list
        question-detail question-list reading-list review-detail review-list revision-detail revision-list room-detail
        room-list schedule-detail schedule-list schedule-on-call schedule-shifts service-detail service-list
        subscription-list team-detail team-list to-read-list user-detail user-list user-me
    """,
    (401, 400, 400, 400, 400): "revision-difference",
    (401, 404, 404, 404, 404): "contactmethod-detail notificationrule-detail subscription-detail",
    (401, 405, 405, 405, 405): """
        actionitem-drop actionitem-find-ineffective actionitem-finish actionitem-reopen actionitem-verify coe-import
        coe-publish coe-review coe-section coe-submit coe-waive collection-choose collection-entries collection-entry
        import-cancel incident-acknowledge incident-escalate incident-mitigate incident-mutes incident-notes
        incident-reassign incident-reroute incident-resolve incident-severity incident-snooze incident-trigger-again
        incident-verdicts maintenance-end mute-end question-answer review-decide review-delegate schedule-overrides
        coe-give-up
    """,
    (401, 401, 401, 401, 401): "metrics",
    (404, 404, 404, 404, 200): "styleguide",
    (405, 405, 405, 405, 405): """
        alertmanager-door github-door mattermost-talk pagerduty-change-door pagerduty-door slack-actions
        slack-commands telegram-talk twilio-sms twilio-status twilio-voice twilio-voice-keys
    """,
    (404, 404, 404, 404, 404): "coe:feed coe:following_feed coe:unsubscribe",
    (302, 404, 404, 404, 200): "coe:import_progress",
    (401, 404, 404, 404, 200): "import-detail",
    (401, 403, 403, 200, 200): "coe-audience",
}
# What a POST of nothing is answered: who may not is told so, who may is told what is missing.
KNOCKED = {
    (200, 200, 200, 200, 200): "account_reset_password account_reset_password_from_key healthz readyz",
    (200, 302, 302, 302, 302): "account_login account_signup",
    (302, 200, 200, 200, 200): "account_set_password oncall:add_policy oncall:push_key",
    (302, 302, 302, 302, 302): "account_change_password account_confirm_login_code account_email account_logout",
    (302, 303, 303, 303, 303): """
        coe:follow coe:mark_read coe:start coe:thank oncall:acknowledge oncall:add_push oncall:confirm_suspect
        oncall:escalate oncall:mitigate oncall:quiet_hours oncall:resolve oncall:rule_out_suspect oncall:test_page
        oncall:theme
    """,
    (302, 403, 200, 200, 200): "coe:preview oncall:add_layer oncall:edit_layer oncall:edit_policy",
    (302, 403, 303, 303, 303): """
        coe:accept_comment coe:change_picture coe:dismiss_comment coe:finish_action coe:move_on coe:put_back_event
        coe:refresh coe:reissue coe:reopen_thread coe:resolve_thread coe:save_no_action coe:save_reason coe:star_event
        coe:tick coe:unwaive coe:waive_question oncall:close_door oncall:end_maintenance oncall:end_mute
        oncall:open_door oncall:remove_layer oncall:remove_link oncall:remove_need oncall:remove_room oncall:room_coes
        oncall:test_room oncall:uncover
    """,
    (302, 403, 403, 303, 303): """
        coe:delete_collection coe:withdraw_choice oncall:change_member oncall:remove_member
    """,
    (302, 403, 403, 403, 403): "account_reauthenticate",
    (302, 403, 403, 403, 303): "coe:adopt_template coe:default_template coe:leave_pool coe:restore_template",
    (302, 403, 403, 403, 409): "coe:archive_template",
    (302, 403, 403, 403, 200): "coe:edit_template",
    (302, 403, 403, 403, 422): "coe:add_template coe:change_raiser coe:pool oncall:catalogue",
    (302, 403, 403, 409, 409): "coe:demand_again",
    (302, 403, 403, 422, 422): """
        coe:add_entry coe:audience coe:change_entry coe:choose coe:edit_collection coe:waive_owed oncall:members
        oncall:reroute
    """,
    (302, 403, 303, 403, 403): "coe:change_comment",
    (302, 403, 409, 303, 303): "oncall:take_shift",
    (302, 403, 409, 409, 409): """
        coe:give_up coe:mend coe:publish coe:reopen coe:reopen_action coe:restore coe:submit coe:withdraw
    """,
    (302, 403, 422, 422, 422): """
        coe:add_action coe:add_cause coe:add_event coe:add_graph coe:add_picture coe:answer coe:ask_reviewer
        coe:change_action coe:change_cause coe:change_event coe:change_graph coe:delegate coe:join_causes
        coe:link_causes coe:paste coe:save_header coe:save_section coe:waive oncall:add_door oncall:add_link
        oncall:add_need oncall:add_room oncall:cover oncall:edit_schedule oncall:edit_service oncall:maintenance
        oncall:mute_alert
    """,
    (302, 404, 404, 404, 404): """
        coe:change_subscription coe:revoke_feed coe:unfollow oncall:remove_contact oncall:remove_rule
        oncall:revoke_token oncall:send_code oncall:verify_contact
    """,
    (302, 405, 405, 405, 405): """
        coe:action coe:actions coe:built_in_template coe:cause_graph coe:collection coe:collections coe:content
        coe:coverage coe:edit coe:export_library coe:findings coe:html coe:import_progress coe:library coe:mentions
        coe:months coe:owed coe:part coe:pdf coe:picture coe:reader coe:reviews coe:revision coe:revisions coe:source
        coe:standing coe:template coe:templates coe:threads coe:to_read home oncall:deployment oncall:deployments
        oncall:incident oncall:incident_fragment oncall:incident_more oncall:incidents oncall:ledger oncall:operations
        oncall:policy oncall:schedule oncall:schedules oncall:service oncall:service_parts oncall:services oncall:team
        oncall:teams search search-suggestions
    """,
    (302, 409, 409, 409, 409): "oncall:trigger_again",
    (302, 422, 422, 422, 422): """
        coe:add_collection coe:add_feed coe:apply coe:ask coe:collect coe:comments coe:drop_action
        coe:find_ineffective_action coe:import coe:reply coe:request_coe coe:review coe:subscriptions
        coe:verify_action oncall:add_contact oncall:add_rule oncall:add_schedule oncall:add_service oncall:add_token
        oncall:ask oncall:declare oncall:note oncall:profile oncall:reassign oncall:severity oncall:snooze
    """,
    (303, 303, 303, 303, 303): "oncall:page_link",
    (400, 400, 400, 400, 400): "pagerduty-change-door pagerduty-door",
    (401, 200, 200, 200, 200): "incident-acknowledge incident-escalate incident-mitigate incident-resolve",
    (401, 400, 400, 400, 400): """
        actionitem-drop actionitem-find-ineffective actionitem-verify applicability-list coe-import coe-list
        coe-review collection-list deployment-list import-list incident-list incident-notes incident-reassign
        incident-responders incident-severity incident-snooze incident-verdicts integration-list maintenance-list
        question-list reading-list review-decide review-delegate revision-restore subscription-list
    """,
    (401, 403, 200, 200, 200): "actionitem-finish",
    (401, 403, 204, 204, 204): "maintenance-end mute-end",
    (401, 403, 403, 400, 400): "collection-choose collection-entries incident-reroute",
    (401, 403, 400, 400, 400): "incident-mutes question-answer schedule-overrides",
    (401, 403, 409, 409, 409): "actionitem-reopen coe-give-up coe-publish coe-submit",
    (401, 405, 405, 405, 405): """
        actionitem-detail actionitem-list api-search coe-audience coe-checklist coe-detail coe-findings coe-section
        coe-waive collection-detail collection-entry contactmethod-detail contactmethod-list coverage-list
        deployment-detail environment-detail environment-list escalationpolicy-detail escalationpolicy-list
        import-detail incident-attempts incident-detail incident-suspects incident-timeline integration-detail
        maintenance-detail mute-detail mute-list notificationrule-detail notificationrule-list owed-detail owed-list
        question-detail review-detail review-list revision-detail revision-difference revision-list room-detail
        room-list schedule-detail schedule-list schedule-on-call schedule-shifts service-detail service-list
        subscription-detail team-detail team-list to-read-list user-detail user-list user-me
    """,
    (401, 409, 409, 409, 409): "incident-trigger-again",
    (403, 403, 403, 403, 403): """
        alertmanager-door github-door mattermost-talk slack-actions slack-commands telegram-talk twilio-sms
        twilio-status twilio-voice twilio-voice-keys
    """,
    (404, 404, 404, 404, 200): "styleguide",
    (404, 404, 404, 404, 404): "account_confirm_email coe:unsubscribe",
    (405, 405, 405, 405, 405): """
        account_email_verification_sent account_inactive account_reset_password_done
        account_reset_password_from_key_done api-docs api-schema coe:diagrams coe:feed coe:following_feed metrics
        oncall:manifest oncall:service_worker
    """,
    (302, 404, 404, 404, 403): "coe:begin_import",
    (302, 404, 404, 404, 303): "coe:cancel_import",
    (401, 404, 404, 404, 200): "import-cancel",
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
