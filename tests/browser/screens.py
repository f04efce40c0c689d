"""Every screen a person meets: who looks, and at which address of the scene. It asserts nothing."""

from types import SimpleNamespace

from django.utils import timezone

from tests import make, scene
from tests.browser.test_incident_accessibility import alert, suspects
from tests.coe.writers import in_review

SIGNED_OUT = (
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "{path_of_page}",
    "/p/forged/",
    "/nothing/",
)
ON_CALL = (
    "/",
    "/schedules/",
    "{schedule.path}",
    "{schedule.path}cover/",
    "{schedule.path}rotations/new/",
    "{schedule.path}rotations/{layer.pk}/",
    "{schedule.path}rotations/{layer.pk}/remove/",
    "/incidents/",
    "/incidents/?q=nothing+like+it",
    "/incidents/declare/",
    "/incidents/{incident.pk}/",
    "/deployments/",
    "/deployments/?service={service.slug}",
    "/deployments/{deployment.pk}/",
    "/teams/",
    "/teams/{team.slug}/",
    "/policies/{policy.pk}/",
    "/policies/{policy.pk}/edit/",
    "/services/",
    "/services/?q=nothing+like+it",
    "/services/{service.slug}/",
    "/services/{service.slug}/edit/",
    "/services/{service.slug}/parts/",
    "/services/{service.slug}/doors/add/",
    "/coes/",
    "/coes/import/",
    "/coes/{coe.pk}/",
    "/coes/{coe.pk}/coverage/",
    "/subscriptions/",
    "/collections/",
    "/collections/?team={team.slug}",
    "/collections/new/",
    "/collections/months/",
    "/collections/{collection.pk}/",
    "/coes/{coe.pk}/collect/",
    "/coes/?severity=3&year=2026",
    "/coes/{coe.pk}/revisions/",
    "/coes/{draft.pk}/",
    "/coes/{draft.pk}/edit/",
    "/coes/{draft.pk}/edit/timeline/paste/",
    "/coes/{draft.pk}/edit/refresh/",
    "/coes/{draft.pk}/submit/",
    "/coes/{draft.pk}/audience/",
    "/coes/{draft.pk}/comments/",
    "/coes/{reviewed.pk}/",
    "/reviews/",
    "/actions/",
    "/actions/?list=overdue",
    "/actions/{action.pk}/",
    "/coes/owed/",
    "/coes/owed/?list=late",
    "/incidents/{incident.pk}/coe/request/",
    "/templates/",
    "/templates/{template.pk}/",
    "/search/",
    "/search/?q=card",
    "/search/?q=nothinglikeit",
    "/profile/",
    "/account/email/",
    "/account/password/change/",
    "/nothing/",
    "/catalogue/",
)
REVIEWER = (
    "/",
    "/reviews/",
    "/coes/{reviewed.pk}/review/",
    "/coes/{reviewed.pk}/review/rounds/{asked.pk}/hand-on/",
    "/reviews/pool/",
    "/actions/",
)
ADMINISTRATOR = (
    "/",
    "/schedules/new/",
    "/services/new/",
    "/policies/new/?team={team.slug}",
    "/teams/{team.slug}/members/",
    "/catalogue/",
    "/templates/new/",
    "/templates/built-in/",
    "/templates/{template.pk}/edit/",
    "/coes/owed/{owed.pk}/waive/",
    "/reviews/",
    "/reviews/pool/",
    "/actions/",
    "/collections/{collection.pk}/",
    "/collections/{collection.pk}/edit/",
    "/collections/months/choose/",
    "/styleguide/",
    "/admin/",
    "/admin/oncall/user/",
    "/admin/oncall/user/{person.pk}/change/",
    "/admin/oncall/user/add/",
    "/admin/oncall/team/{team.pk}/change/",
    "/admin/oncall/service/{service.pk}/change/",
    "/admin/oncall/schedule/{schedule.pk}/change/",
    "/admin/oncall/escalationpolicy/{policy.pk}/change/",
    "/admin/oncall/auditentry/",
    "/admin/oncall/signal/",
    "/admin/coe/coe/{coe.pk}/change/",
    "/admin/oncall/team/{team.pk}/delete/",
)
SCREENS = [
    *(("nobody", path) for path in SIGNED_OUT),
    *(("Alice", path) for path in ON_CALL),
    *(("Bob", path) for path in REVIEWER),
    *(("Dora", path) for path in ADMINISTRATOR),
]


def organisation() -> SimpleNamespace:
    """Everything once, an incident with something in every part of its screen, and who looks at it."""
    people = scene.people()
    things = scene.everything()
    now = timezone.now()
    alert(things.incident, now)
    suspects(things.incident, now)
    things.incident.note("Rolled back, see https://g.example/", by=make.alice())
    things.schedule.path = things.schedule.get_absolute_url()
    things.reviewed = in_review(make.coe("Prices were three hours old"))
    things.asked = things.reviewed.reviews.get()
    things.lookers = {"nobody": None, "Alice": make.alice(), "Bob": people["member"], "Dora": people["admin"]}
    return things


def address(path: str, things: SimpleNamespace) -> str:
    """The path with the numbers of the scene in it."""
    return path.format(**vars(things))
