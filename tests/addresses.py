"""Every address of the product by its name, and which thing of the scene it is about. It asserts nothing."""

import re

from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver


def routes():
    """The full name of every address but those of the administration, which has a test of its own."""
    # First what depends on signs of life: they age while the rest is visited.
    return sorted(set(_names(get_resolver().url_patterns)), key=lambda name: (name != "readyz", name))


def _names(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                yield from _names(pattern.url_patterns, inner)
        else:
            yield prefix + pattern.name


def address(name, things):
    """The path of this name in the scene."""
    if name == "oncall:page_link":
        return things.path_of_page
    wanted = next((parts for start, parts in ABOUT if re.fullmatch(start, name)), {})
    return reverse(name, kwargs={key: value(things) for key, value in wanted.items()})


def is_for_machines(path):
    """Whether JSON is spoken there."""
    return path.startswith(("/api/", "/integrations/", "/v2/"))


def pk(thing):
    return lambda things: getattr(things, thing).pk


def slug(thing):
    return lambda things: getattr(things, thing).slug


def text(value):
    return lambda things: value


MOVES = "incident|incident_fragment|ledger|acknowledge|mitigate|resolve|escalate|trigger_again|severity|note"
HELP = "incident_more|snooze|reassign|ask|reroute"
ABOUT = (
    (rf"oncall:({MOVES}|{HELP})", {"pk": pk("incident")}),
    (r"oncall:mute_alert", {"pk": pk("incident"), "alert_pk": pk("alert")}),
    (r"oncall:maintenance", {"slug": slug("service")}),
    (r"oncall:end_maintenance", {"pk": pk("maintenance")}),
    (r"oncall:end_mute", {"pk": pk("mute")}),
    (r"(maintenance)-(?!list).+", {"pk": pk("maintenance")}),
    (r"(mute)-(?!list).+", {"pk": pk("mute")}),
    (r"oncall:(confirm|rule_out)_suspect", {"pk": pk("incident"), "deployment_pk": pk("deployment")}),
    (r"oncall:deployment", {"pk": pk("deployment")}),
    (r"oncall:(schedule|edit_schedule|take_shift|cover|add_layer)", {"slug": slug("schedule")}),
    (r"oncall:uncover", {"slug": slug("schedule"), "pk": pk("override")}),
    (r"oncall:(edit|remove)_layer", {"slug": slug("schedule"), "pk": pk("layer")}),
    (r"oncall:(team|members)", {"slug": slug("team")}),
    (r"oncall:(change|remove)_member", {"slug": slug("team"), "pk": pk("membership")}),
    (r"oncall:add_room", {"slug": slug("team")}),
    (r"oncall:(test_room|remove_room|room_coes)", {"slug": slug("team"), "pk": pk("room")}),
    (r"oncall:remove_rule", {"pk": pk("rule")}),
    (r"oncall:(verify_contact|send_code|remove_contact)", {"pk": pk("contact")}),
    (r"oncall:revoke_token", {"pk": pk("token")}),
    (r"oncall:(policy|edit_policy)", {"pk": pk("policy")}),
    (r"oncall:(service|edit_service|service_parts|add_link|add_need|add_door)", {"slug": slug("service")}),
    (r"oncall:remove_link", {"slug": slug("service"), "pk": pk("link")}),
    (r"oncall:remove_need", {"slug": slug("service"), "pk": pk("need")}),
    (r"oncall:(close|open)_door", {"slug": slug("service"), "pk": pk("door")}),
    (r"coe:(save_section|preview)", {"pk": pk("draft"), "key": text("summary")}),
    (r"coe:part", {"pk": pk("draft"), "part": text("timeline")}),
    (r"coe:start", {"pk": pk("incident")}),
    (r"coe:(mark_read|thank|ask|coverage|reissue)", {"pk": pk("coe")}),
    (r"coe:answer", {"pk": pk("coe"), "question_pk": pk("question")}),
    (r"coe:apply", {"pk": pk("coe"), "team_pk": pk("team")}),
    (r"coe:(follow|add_feed)", {}),
    (r"coe:(unfollow|change_subscription)", {"pk": pk("subscription")}),
    (r"coe:revoke_feed", {"pk": pk("feed_key")}),
    (r"coe:(unsubscribe|feed|following_feed)", {"token": text("unknown")}),
    (r"subscription-detail", {"pk": pk("subscription")}),
    (r"coe:(collections|add_collection|months|choose)", {}),
    (r"coe:(collection|edit_collection|delete_collection|add_entry)", {"pk": pk("collection")}),
    (r"coe:change_entry", {"pk": pk("collection"), "entry_pk": pk("entry")}),
    (r"coe:withdraw_choice", {"pk": pk("chosen")}),
    (r"coe:collect", {"pk": pk("coe")}),
    (r"coe:(subscriptions|to_read)", {}),
    (r"question-(?!list).+", {"pk": pk("question")}),
    (r"coverage-list", {"coe_pk": pk("coe")}),
    (r"coe:(reader|source|content|html|pdf)", {"pk": pk("coe")}),
    (r"coe:(revision|restore)", {"pk": pk("draft"), "number": lambda things: things.draft.revisions.first().number}),
    (r"revision-(list|difference)", {"coe_pk": pk("draft")}),
    (
        r"revision-(detail|restore)",
        {"coe_pk": pk("draft"), "number": lambda things: things.draft.revisions.first().number},
    ),
    (r"coe:(mend|waive|unwaive)", {"pk": pk("draft"), "fingerprint": text("0123456789abcdef")}),
    (r"coe:put_back_event", {"pk": pk("draft"), "removed_pk": pk("removed")}),
    (r"coe:(change|star)_event", {"pk": pk("draft"), "event_pk": pk("line")}),
    (r"coe:change_cause", {"pk": pk("draft"), "cause_pk": pk("cause")}),
    (r"coe:(join_causes|save_no_action)", {"pk": pk("draft"), "cause_pk": pk("cause")}),
    (r"coe:(picture|change_picture)", {"pk": pk("draft"), "key": lambda things: things.picture.key}),
    (r"coe:change_graph", {"pk": pk("draft"), "graph_pk": pk("graph")}),
    (r"coe:change_action", {"pk": pk("draft"), "action_pk": pk("drafted_action")}),
    (r"coe:(action|\w+_action)(?<!add_action)", {"pk": pk("action")}),
    (r"coe:(library|reviews|actions|pool|owed|templates|built_in_template|adopt_template|add_template)", {}),
    (r"coe:(import|export_library|diagrams)", {}),
    (r"coe:(import_progress|begin_import|cancel_import)", {"pk": pk("brought")}),
    (r"import-(?!list).+", {"pk": pk("brought")}),
    (r"coe:(waive_owed|demand_again)", {"pk": pk("owed")}),
    (r"coe:request_coe", {"pk": pk("incident")}),
    (r"coe:(\w+_)?template", {"pk": pk("template")}),
    (r"coe:waive_question", {"pk": pk("draft"), "key": text("detection")}),
    (r"owed-detail", {"pk": pk("owed")}),
    (r"coe:(change_raiser|leave_pool)", {"raiser_pk": pk("raiser")}),
    (r"coe:(reply|resolve_thread|reopen_thread)", {"pk": pk("draft"), "thread_pk": pk("thread")}),
    (r"coe:(change|accept|dismiss)_comment", {"pk": pk("draft"), "comment_pk": pk("comment")}),
    (r"coe:delegate", {"pk": pk("draft"), "review_pk": pk("round")}),
    (r"review-(?!list).+", {"pk": pk("round")}),
    (r"coe:\w+", {"pk": pk("draft")}),
    (r"(alertmanager|github)-door", {"key": text("0" * 32)}),
    (r"twilio-status", {"key": text("unknown")}),
    (r"twilio-voice(-keys)?", {"token": text("unknown")}),
    (r"account_confirm_email", {"key": text("unknown")}),
    (r"account_reset_password_from_key", {"uidb36": text("1"), "key": text("unknown")}),
    (r"user-detail", {"pk": pk("person")}),
    (r"environment-detail", {"pk": pk("environment")}),
    (r"integration-detail", {"pk": pk("door")}),
    (r"deployment-detail", {"pk": pk("deployment")}),
    (r"escalationpolicy-detail", {"pk": pk("policy")}),
    (r"room-detail", {"pk": pk("room")}),
    (r"contactmethod-detail", {"pk": pk("contact")}),
    (r"notificationrule-detail", {"pk": pk("rule")}),
    (r"team-detail", {"slug": slug("team")}),
    (r"service-detail", {"slug": slug("service")}),
    (r"schedule-(?!list).+", {"slug": slug("schedule")}),
    (r"incident-(?!list).+", {"pk": pk("incident")}),
    (r"actionitem-(?!list).+", {"pk": pk("action")}),
    (r"coe-waive", {"pk": pk("draft"), "key": text("detection")}),
    (r"coe-section", {"pk": pk("draft"), "key": text("summary")}),
    (r"coe-detail", {"pk": pk("coe")}),
    (r"collection-(detail|entries)", {"pk": pk("collection")}),
    (r"collection-entry", {"pk": pk("collection"), "entry": lambda things: str(things.entry.pk)}),
    (r"coe-(audience|checklist|findings|give-up|publish|review|submit)", {"pk": pk("draft")}),
)
