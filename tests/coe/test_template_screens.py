"""Screens of templates, of questions that are waived, and of what is owed."""

from dataclasses import replace

import pytest
from django.urls import reverse

from coe import drafting, owing, templating
from coe.forms.templates import Typed
from coe.models import COE, Owed, Template
from coe.template import BUILT_IN, SectionForm
from tests import make
from tests.coe.writers import LATER, finished_incident
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return templating.adopt(make.dora(), MONDAY)


def posted(form, **more):
    """What a browser sends of the form of a template."""
    typed, sent = Typed.of_form(form), {"name": "Standard", "description": "", "note": "", "seen": "1"}
    for n, one in enumerate(typed.sections):
        sent |= {f"key-{n}": one.key, f"kind-{n}": one.kind, f"title-{n}": one.title, f"group-{n}": one.group}
        sent[f"prompt-{n}"] = one.prompt
        sent |= {f"{name}-{n}": "on" for name in ("required", "question") if getattr(one, f"is_{name}")}
    for n, item in enumerate(typed.items):
        sent |= {f"item-key-{n}": item.key, f"item-text-{n}": item.text, f"item-before-{n}": item.before}
        sent[f"item-severity-{n}"] = item.severities
    for one in typed.demands:
        sent |= {f"{name}-{one.severity}": getattr(one, name) for name in ("draft", "publish", "review", "approvals")}
        sent |= {f"owed-{one.severity}": "on"} if one.is_owed else {}
    return sent | more


def edit(client, template, **more):
    client.force_login(make.dora())
    return client.post(f"/templates/{template.pk}/edit/", posted(BUILT_IN, **more))


def test_saving_what_is_shown_changes_nothing(client, template):
    assert edit(client, template, save="1").status_code == 303
    assert template.current.number == 1


def test_a_new_heading_is_a_new_version_under_the_old_key(client, template):
    edit(client, template, save="1", **{"title-1": "Whom it hurt"})

    assert template.current.number == 2
    assert template.current.form.forms["impact"].title == "Whom it hurt"


def test_a_button_moves_a_section_and_saves_nothing(client, template):
    answer = edit(client, template, change="down:section:0")

    shown = [one.key for one in answer.context["typed"].sections]
    assert shown[:2] == ["impact", "summary"]
    assert template.current.number == 1


def test_a_part_with_rows_is_never_removed(client, template):
    place = next(n for n, one in enumerate(BUILT_IN.sections) if one.key == "timeline")
    answer = edit(client, template, change=f"remove:section:{place}")

    assert len(answer.context["typed"].sections) == len(BUILT_IN.sections)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title-0", ""), ("title-0", "x" * 101), ("prompt-1", "x" * 1001), ("draft-1", "soon"), ("publish-2", "0"),
     ("review-3", "99999"), ("approvals-4", ()), ("item-text-0", " "), ("name", " ")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_kept(client, template, field, value):
    answer = edit(client, template, save="1", **{field: value})

    assert answer.status_code == 422
    assert field in answer.context["problems"]
    assert f'id="{field}-error"' in answer.content.decode()
    assert template.current.number == 1


def test_two_administrators_at_once_both_keep_what_they_typed(client, template):
    templating.save_version(template, replace(BUILT_IN, checklist=()), make.dora(), MONDAY)
    answer = edit(client, template, save="1", **{"title-1": "Whom it hurt"})

    assert answer.status_code == 422
    assert "Whom it hurt" in answer.content.decode()
    assert template.current.number == 2


def test_whoever_starts_a_coe_chooses_when_there_are_two(client, template):
    incident = finished_incident()
    client.force_login(make.alice())
    assert 'name="template"' not in client.get(incident.get_absolute_url()).content.decode()
    other = templating.copy(template, "Near miss", make.dora(), MONDAY)
    assert 'name="template"' in client.get(incident.get_absolute_url()).content.decode()

    client.post(reverse("coe:start", args=[incident.pk]), {"template": other.pk})

    assert COE.objects.get().template == other.current


def test_the_editor_offers_the_newer_version_and_a_new_part_stands_where_it_belongs(client, template):
    coe = drafting.draft_for(finished_incident(), make.alice(), LATER)
    more = SectionForm("security", "Security", "Was data touched?", is_question=True)
    templating.save_version(template, replace(BUILT_IN, sections=(more, *BUILT_IN.sections)), make.dora(), LATER)
    client.force_login(make.alice())
    assert "has a newer version (2)" in client.get(f"/coes/{coe.pk}/edit/").content.decode()

    client.post(reverse("coe:move_on", args=[coe.pk]))

    page = client.get(f"/coes/{coe.pk}/edit/").content.decode()
    assert "has a newer version" not in page
    assert page.index('id="security"') < page.index('id="summary"') < page.index('id="timeline"')


def test_a_waived_question_is_read_with_its_reason(client):
    coe = make.coe()
    client.force_login(make.alice())
    client.post(reverse("coe:waive_question", args=[coe.pk, "detection"]), {"because": "A customer <told> us"})

    page = client.get(coe.get_absolute_url()).content.decode()
    assert "Waived because: A customer &lt;told&gt; us" in page
    refused = client.post(reverse("coe:waive_question", args=[coe.pk, "detection"]), {"because": "x" * 301})
    assert refused.status_code == 422


def test_a_restricted_coe_is_not_named_where_its_incident_owes_one(client):
    incident = make.incident(state="mitigated", mitigated_at=MONDAY)
    coe = make.coe("Passwords in the log", owner=make.carol(), team=make.team("Security"),
                   audience="restricted", restricted_because="secrets")  # fmt: skip
    coe.incidents.add(incident)
    owing.tick(MONDAY)
    make.team("Payments", make.bob())
    client.force_login(make.bob())

    for path in ("/coes/owed/", "/api/v1/owed/", incident.get_absolute_url(), "/teams/payments/", "/"):
        page = client.get(path).content.decode()
        assert "Passwords" not in page, path
        assert coe.number not in page, path
    assert client.get("/api/v1/owed/").json()["results"][0]["coe"] is None


def test_the_list_of_owed_coes_asks_few_questions(client, django_assert_max_num_queries):
    for number in range(30):
        make.incident(f"Incident {number}", state="mitigated", mitigated_at=MONDAY, severity=1 + number % 2)
    owing.tick(MONDAY)
    client.force_login(make.bob())

    with django_assert_max_num_queries(20):
        assert len(client.get("/coes/owed/?list=late").context["rows"]) == 30
    assert Owed.objects.count() == 30


def test_what_a_team_owes_is_started_from_the_list_by_its_members_alone(client):
    incident = make.incident(state="mitigated", mitigated_at=MONDAY)
    make.team("Payments", make.alice())
    owing.tick(MONDAY)
    start = reverse("coe:start", args=[incident.pk])

    client.force_login(make.carol())
    assert start not in client.get("/coes/owed/").content.decode()
    client.force_login(make.alice())
    assert start in client.get("/coes/owed/").content.decode()
    client.post(start)
    owing.tick(MONDAY)
    assert start not in client.get("/coes/owed/").content.decode()


def test_a_stranger_to_administration_reads_but_changes_nothing(client, template):
    client.force_login(make.bob())

    assert "Change" not in client.get(template.get_absolute_url()).context["template"].name
    assert client.post(f"/templates/{template.pk}/archive/").status_code == 403
    assert Template.objects.offered().count() == 1
