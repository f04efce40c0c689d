"""What a person follows over the API: the own subscriptions listed, made, told more or less often, and ended."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.response import Response

from coe import subscribing
from coe.api.asking import PersonRequest
from coe.models import Subscription, Tag
from oncall.models import Room, Service, Team


class OwnTagField(serializers.SlugRelatedField[Tag]):
    """A tag by its name, of COEs that the person may read."""

    def to_internal_value(self, data: Any) -> Tag:
        """The tag; a tag of nothing but what the person may not read is unknown."""
        found = subscribing.tag_of(self.context["request"].user, str(data).strip().lower())
        if found is None:
            self.fail("does_not_exist", slug_name=self.slug_field, value=str(data)[:40])
        return found


class SubscriptionSerializer(serializers.ModelSerializer[Subscription]):
    """One wish; what is null or empty does not narrow it. With a room, that room is told instead of the person."""

    team = serializers.SlugRelatedField(
        slug_field="slug", queryset=Team.objects.all(), required=False, allow_null=True, default=None
    )
    service = serializers.SlugRelatedField(
        slug_field="slug", queryset=Service.objects.all(), required=False, allow_null=True, default=None
    )
    tag = OwnTagField(slug_field="name", queryset=Tag.objects.all(), required=False, allow_null=True, default=None)
    severity = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, default=None)
    query = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    room = serializers.PrimaryKeyRelatedField(
        queryset=Room.objects.kept(), required=False, allow_null=True, default=None
    )

    class Meta:
        model = Subscription
        fields = ["id", "team", "service", "tag", "severity", "query", "cadence", "room", "made_at", "told_until"]
        read_only_fields = ["made_at", "told_until"]
        extra_kwargs = {"cadence": {"required": True}}
        # The same wish again is no mistake: it says how often.
        validators: list[Any] = []


class CadenceSerializer(serializers.Serializer[Any]):
    """How often it is told from now on."""

    cadence = serializers.ChoiceField(choices=Subscription.Cadence.choices)


class SubscriptionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[Subscription]
):
    """The own subscriptions, the oldest first."""

    serializer_class = SubscriptionSerializer
    queryset = Subscription.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Subscription]:
        return Subscription.objects.filter(user=self.request.user).shown().order_by("made_at", "pk")

    @extend_schema(responses={201: SubscriptionSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Follow; the same wish again changes how often it is told."""
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        facts = dict(wanted.validated_data)
        made = subscribing.follow(request.user, facts.pop("cadence"), timezone.now(), **facts)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CadenceSerializer, responses=SubscriptionSerializer)
    def partial_update(self, request: PersonRequest, pk: str) -> Response:
        """Tell it at another cadence; what is followed does not change: follow something else for that."""
        wanted = CadenceSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        changed = subscribing.change_cadence(self.get_object(), wanted.validated_data["cadence"])
        return Response(self.get_serializer(changed).data)
