"""The doors for machines, at the exact paths their dialects expect.

A slash too few or too many is no reason to lose a page, and senders do not follow redirects.
"""

from django.urls import path, re_path

from oncall.views import doors, talk_mattermost, talk_slack, talk_telegram, talk_twilio

KEY = r"(?P<key>[^/]{1,64})"

urlpatterns = [
    re_path(
        rf"^integrations/v1/alertmanager/{KEY}/?$", doors.alerts, {"dialect": "alertmanager"}, name="alertmanager-door"
    ),
    re_path(rf"^integrations/v1/github/{KEY}/?$", doors.deployments, {"dialect": "github"}, name="github-door"),
    re_path(r"^v2/enqueue/?$", doors.alerts, {"dialect": "pagerduty"}, name="pagerduty-door"),
    re_path(
        r"^v2/change/enqueue/?$",
        doors.deployments,
        {"dialect": "pagerduty-change"},
        name="pagerduty-change-door",
    ),
    re_path(r"^talk/slack/actions/?$", talk_slack.actions, name="slack-actions"),
    re_path(r"^talk/slack/commands/?$", talk_slack.commands, name="slack-commands"),
    re_path(r"^talk/telegram/?$", talk_telegram.updates, name="telegram-talk"),
    re_path(r"^talk/mattermost/?$", talk_mattermost.actions, name="mattermost-talk"),
    re_path(r"^talk/twilio/sms/?$", talk_twilio.sms, name="twilio-sms"),
    path("talk/twilio/status/<str:key>/", talk_twilio.status, name="twilio-status"),
    path("talk/twilio/voice/<str:token>/", talk_twilio.voice, name="twilio-voice"),
    path("talk/twilio/voice/<str:token>/keys/", talk_twilio.keys, name="twilio-voice-keys"),
]
