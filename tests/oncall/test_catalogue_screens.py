"""Uploading catalogue files: for administrators, with a report."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from oncall.models import Service
from oncall.views.catalogue import LARGEST
from tests import make

pytestmark = pytest.mark.django_db

FILE = b"""
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart, description: What customers want}
spec: {type: service, lifecycle: production, owner: checkout}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orphan}
spec: {type: service, lifecycle: production, owner: user:somebody}
"""


def upload(client, *contents):
    files = [SimpleUploadedFile(f"catalog-info-{number}.yaml", content) for number, content in enumerate(contents)]
    return client.post("/catalogue/", {"uploads": files})


def test_an_upload_makes_services_and_reports_what_it_did(client):
    client.force_login(make.dora())

    page = upload(client, FILE).content.decode()

    assert Service.objects.get().name == "cart"
    assert "service cart" in page
    assert "its owner must be a group" in page


def test_the_same_file_again_changes_nothing(client):
    client.force_login(make.dora())
    upload(client, FILE)

    page = upload(client, FILE).content.decode()

    assert "0 created, 0 updated" in page


def test_several_files_are_one_import(client):
    client.force_login(make.dora())
    second = FILE.replace(b"name: cart", b"name: basket").replace(b"owner: checkout", b"owner: baskets")

    page = upload(client, FILE, second).content.decode()

    assert set(Service.objects.values_list("slug", flat=True)) == {"cart", "basket"}
    assert "catalog-info-1.yaml" in page


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"a: [", b"&a [*a, *a]", b"[]"])
def test_files_that_are_no_catalogue_are_reported_or_refused_but_never_break(client, content):
    client.force_login(make.dora())

    answer = upload(client, content)

    assert answer.status_code in {200, 422}
    assert not Service.objects.exists()


def test_no_file_and_a_file_too_large_are_said_at_the_field(client):
    client.force_login(make.dora())

    nothing = client.post("/catalogue/", {})
    large = upload(client, b"#" * (LARGEST + 1))

    assert nothing.status_code == large.status_code == 422
    assert "This field is required" in nothing.content.decode()
    assert "larger than 4 MB" in large.content.decode()


def test_members_are_told_who_may_import(client):
    client.force_login(make.alice())

    answer = client.get("/catalogue/")

    assert answer.status_code == 403
    assert "Only administrators" in answer.content.decode()


def test_a_stranger_is_sent_to_sign_in(client):
    assert client.get("/catalogue/").status_code == 302
