"""The screens of `oncall`."""

from django.urls import URLPattern, path

from oncall.views import deployments, incident_moves, incidents, pagelinks

app_name = "oncall"
urlpatterns: list[URLPattern] = [
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/declare/", incidents.declare, name="declare"),
    path("incidents/<int:pk>/", incidents.incident, name="incident"),
    path("incidents/<int:pk>/fragment/", incidents.incident_fragment, name="incident_fragment"),
    path("incidents/<int:pk>/acknowledge/", incident_moves.acknowledge, name="acknowledge"),
    path("incidents/<int:pk>/mitigate/", incident_moves.mitigate, name="mitigate"),
    path("incidents/<int:pk>/resolve/", incident_moves.resolve, name="resolve"),
    path("incidents/<int:pk>/escalate/", incident_moves.escalate, name="escalate"),
    path("incidents/<int:pk>/trigger-again/", incident_moves.trigger_again, name="trigger_again"),
    path("incidents/<int:pk>/severity/", incident_moves.severity, name="severity"),
    path("incidents/<int:pk>/note/", incident_moves.note, name="note"),
    path(
        "incidents/<int:pk>/suspects/<int:deployment_pk>/confirm/",
        incident_moves.confirm_suspect,
        name="confirm_suspect",
    ),
    path(
        "incidents/<int:pk>/suspects/<int:deployment_pk>/rule-out/",
        incident_moves.rule_out_suspect,
        name="rule_out_suspect",
    ),
    path("p/<str:token>/", pagelinks.page_link, name="page_link"),
    path("deployments/", deployments.deployments, name="deployments"),
    path("deployments/<int:pk>/", deployments.deployment, name="deployment"),
]
