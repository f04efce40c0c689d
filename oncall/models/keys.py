"""Keys that an installation makes for itself once and must read again, sealed."""

from __future__ import annotations

from collections.abc import Callable

from django.db import models

from oncall.sealing import seal, unseal


class InstallationKeyManager(models.Manager["InstallationKey"]):
    """Reads keys, making them when they are needed first."""

    def read(self, name: str, make: Callable[[], str]) -> str:
        """The key of this name; `make` gives its text when there is none. Two at once get the same one.

        Raises oncall.sealing.Unreadable when the SECRET_KEY it was sealed with is gone.
        """
        kept = self.filter(name=name).first()
        if kept is None:
            kept, _ = self.get_or_create(name=name, defaults={"sealed_text": seal(make())})
        return unseal(kept.sealed_text)


class InstallationKey(models.Model):
    """One key, such as the one that signs push notifications."""

    name = models.CharField(max_length=40, unique=True)
    sealed_text = models.TextField()

    objects = InstallationKeyManager()

    def __str__(self) -> str:
        return self.name
