"""Two releases run side by side during an upgrade: migrations since the first one only add (decision 0017)."""

import pgtrigger.migrations
import pytest
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelManagers,
    AlterModelOptions,
    CreateModel,
    RunSQL,
)
from django.db.models.fields import NOT_PROVIDED

# The last migration before two releases ever ran together.
FIRST = {"oncall": "0007", "coe": "0003"}
HARMLESS = (CreateModel, AddIndex, AlterModelOptions, AlterModelManagers, RunSQL)


def migrations():
    loader = MigrationLoader(None)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if app in FIRST and name[:4] > FIRST[app]:
            yield pytest.param(migration, id=f"{app}.{name}")


def is_additive(operation, new=()):
    """Whether a process that knows nothing of it goes on working after it; `new` are the tables of the migration."""
    if isinstance(operation, AddConstraint | pgtrigger.migrations.AddTrigger):
        return operation.model_name in new
    if isinstance(operation, AddField):
        field = operation.field
        return field.null or field.many_to_many or field.db_default is not NOT_PROVIDED
    if isinstance(operation, AlterField):
        return not isinstance(operation.field, models.ForeignKey)
    return isinstance(operation, HARMLESS)


@pytest.mark.parametrize("migration", [*migrations()] or [None])
def test_a_migration_only_adds(migration):
    operations = migration.operations if migration else []
    new = {operation.name.lower() for operation in operations if isinstance(operation, CreateModel)}
    assert [operation for operation in operations if not is_additive(operation, new)] == []


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (AddField("incident", "x", models.TextField(null=True)), True),
        (AddField("incident", "x", models.TextField(db_default="")), True),
        (AddField("incident", "x", models.TextField(default="")), False),
    ],
)
def test_a_field_that_an_old_process_cannot_fill_is_found(operation, expected):
    assert is_additive(operation) is expected
