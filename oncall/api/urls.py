"""The API of on-call."""

from rest_framework.routers import SimpleRouter

from oncall.api import deployments, holds, incidents, paging, people, schedules, services

router = SimpleRouter()
router.register("people", people.PeopleViewSet)
router.register("teams", people.TeamViewSet)
router.register("services", services.ServiceViewSet)
router.register("environments", services.EnvironmentViewSet)
router.register("integrations", services.IntegrationViewSet)
router.register("schedules", schedules.ScheduleViewSet)
router.register("deployments", deployments.DeploymentViewSet)
router.register("incidents", incidents.IncidentViewSet)
router.register("maintenances", holds.MaintenanceViewSet)
router.register("mutes", holds.MuteViewSet)
router.register("policies", paging.PolicyViewSet)
router.register("rooms", paging.RoomViewSet)
router.register("contact-methods", paging.ContactMethodViewSet)
router.register("notification-rules", paging.RuleViewSet)

urlpatterns = router.urls
