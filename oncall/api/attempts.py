"""The ledger of an incident over the API: every attempt to tell somebody, addresses masked as on the screen."""

from rest_framework import serializers

from oncall.masking import masked
from oncall.models import Attempt, DeliveryReceipt


class ReceiptSerializer(serializers.ModelSerializer[DeliveryReceipt]):
    """What a provider said later of a message."""

    class Meta:
        model = DeliveryReceipt
        fields = ["at", "said", "state", "detail"]


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try to deliver a page through one contact method."""

    person = serializers.IntegerField(source="page.user_id", allow_null=True, read_only=True)
    room = serializers.CharField(source="page.room.name", default=None, allow_null=True, read_only=True)
    reason = serializers.CharField(source="page.reason", read_only=True)
    cycle = serializers.IntegerField(source="page.cycle", read_only=True)
    round = serializers.IntegerField(source="page.round", read_only=True)
    step = serializers.IntegerField(source="page.step", read_only=True)
    opened_at = serializers.DateTimeField(source="page.opened_at", read_only=True)
    address = serializers.SerializerMethodField()
    receipts = ReceiptSerializer(many=True, read_only=True)

    class Meta:
        model = Attempt
        fields = [
            "id", "person", "room", "reason", "cycle", "round", "step", "channel", "address", "number", "bundle",
            "state", "opened_at", "send_after", "sent_at", "delivered_at", "error", "receipts",
        ]  # fmt: skip

    def get_address(self, attempt: Attempt) -> str:
        """Enough to tell two addresses apart."""
        return masked(attempt.address)
