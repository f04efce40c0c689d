"""What a page says, and that it always says something."""

from datetime import timedelta

import pytest
from django.core import signing

from oncall import composing, linking, paging
from oncall.models import Incident, Page, Ranking, Schedule, Suspect, User
from oncall.shortening import cut_to_fit, fits, for_sms, one_line
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOSTILE = "Cards\r\nBcc: all@example.com\n<script>alert(1)</script>"


@pytest.fixture
def incident():
    return make.incident(of=make.service(escalation_policy=make.policy(make.alice())))


def message(incident, now=MONDAY + 9 * MINUTE):
    paging.open_due(now=MONDAY)
    return composing.page_message(Page.objects.select_related("incident__service", "user").latest("pk"), now)


def suspect(incident, probability=0.83, version="1.42.0"):
    deployment = make.deployment(version, at=MONDAY - 9 * MINUTE)
    ranking = incident.rankings.first() or Ranking.objects.create(incident=incident, made_at=MONDAY, p_no_change=0.1)
    Suspect.objects.create(ranking=ranking, deployment=deployment, probability=probability, reasons=["It is new."])
    return deployment


def test_a_page_says_what_since_when_on_the_persons_clock_and_why_them(incident):
    text = message(incident).text

    assert "Since 15:02 Europe/Paris, 9 minutes ago" in text
    assert "You are paged because you are named in the escalation policy." in text


def test_an_impact_that_is_said_to_begin_later_began_just_now(incident):
    Incident.objects.update(impact_started_at=MONDAY + timedelta(hours=1))

    assert "0 seconds ago" in message(incident).text


def test_a_title_cannot_forge_headers_lines_or_tags(incident, mailoutbox):
    Incident.objects.update(title=HOSTILE)
    paging.tick(now=MONDAY)

    mail = mailoutbox[0]
    assert mail.subject == "[SEV 2] payments-api: Cards Bcc: all@example.com <script>alert(1)</script>"
    assert mail.recipients() == ["alice@example.com"]
    assert mail.body.startswith("Cards Bcc: all@example.com <script>")
    assert "<script>" not in mail.alternatives[0].content


def test_a_title_of_500_letters_makes_a_subject_that_can_be_read(incident, mailoutbox):
    Incident.objects.update(title="é" * 500)
    paging.tick(now=MONDAY)

    assert len(mailoutbox[0].subject) == composing.SUBJECT
    assert "é" * 500 in mailoutbox[0].body


def test_the_confident_suspect_is_named_and_a_weak_one_is_not(incident):
    suspect(incident)
    assert "payments-api 1.42.0 (83\N{NO-BREAK SPACE}%)" in message(incident).text

    Suspect.objects.update(probability=0.4)
    page = Page.objects.latest("pk")
    assert "1.42.0" not in composing.page_message(page, MONDAY).text


def test_what_a_person_ruled_out_is_not_named_again(incident):
    incident.verdicts.pass_on(incident, suspect(incident), "ruled_out", make.alice(), MONDAY)

    assert "1.42.0" not in message(incident).text


def test_what_a_person_confirmed_is_named_before_what_is_likelier(incident):
    suspect(incident)
    incident.verdicts.pass_on(incident, suspect(incident, 0.1, "1.43.0"), "confirmed", make.alice(), MONDAY)

    text = message(incident).text
    assert "1.43.0" in text
    assert "1.42.0" not in text


def test_suspects_that_cannot_be_found_out_do_not_cost_the_page(incident, mailoutbox, monkeypatch):
    def fails(incident, now):
        Incident.objects.raw("SELECT no_such_column FROM oncall_incident")[0]

    monkeypatch.setattr(composing.suspecting, "newest_or_first", fails)
    paging.tick(now=MONDAY)

    assert "Card authorisations failing" in mailoutbox[0].subject
    assert "Since 15:02" in mailoutbox[0].body


def test_suspects_that_take_long_do_not_delay_the_page(incident, mailoutbox, monkeypatch):
    def sleeps(incident, now):
        with composing.connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")

    monkeypatch.setattr(composing, "SUSPECT_PATIENCE", 50)
    monkeypatch.setattr(composing.suspecting, "newest_or_first", sleeps)
    paging.tick(now=MONDAY)

    assert len(mailoutbox) == 1


def test_a_message_that_cannot_be_written_goes_out_with_fewer_words(incident, mailoutbox, monkeypatch):
    monkeypatch.setattr(composing, "_as_json", lambda facts: 1 / 0)
    paging.tick(now=MONDAY)

    assert mailoutbox[0].subject == "[SEV 2] payments-api: Card authorisations failing"
    assert "/p/" in mailoutbox[0].body


def test_a_person_in_a_zone_that_is_none_is_paged_in_utc(incident, mailoutbox):
    User.objects.update(zone="Mars/Olympus_Mons")
    paging.tick(now=MONDAY)

    assert "Since 14:02 UTC" in mailoutbox[0].body


def test_a_broken_schedule_costs_the_other_targets_nothing(mailoutbox):
    rota = make.schedule("Payments primary", make.alice())
    Schedule.objects.update(zone="Mars/Olympus_Mons")
    incident = make.incident(of=make.service(escalation_policy=make.policy(rota, make.bob())))

    paging.tick(now=MONDAY)

    assert mailoutbox[0].to == ["bob@example.com"]
    assert incident.timeline.filter(text="The schedule Payments primary cannot be read").exists()


def test_a_link_names_its_page_and_nothing_else_opens_it(incident):
    message(incident)
    page = Page.objects.get()
    token = linking.token_of(page)

    assert linking.grant_of(token).pages == [page]
    for forged in (token[:-1], f"{page.pk + 1}{token[len(str(page.pk)) :]}", signing.dumps(page.pk)):
        with pytest.raises(linking.Forged):
            linking.grant_of(forged)


@pytest.mark.parametrize(
    "title", ["Short", "x" * 500, "Zürich – “Ça va pas” … " * 20, "€{}" * 100, "決済が失敗しています" * 20, "🔥" * 200]
)
def test_the_short_form_fits_an_sms_whatever_the_title(title):
    incident = make.incident(title, of=make.service("name " + "y" * 90, slug="long"))
    short = composing.short_form(incident, None)

    assert fits(short)
    assert short.startswith(f"SEV2 {incident.number} name")


def test_the_short_form_keeps_the_suspect_whole(incident):
    suspect(incident)
    incident.title = "x" * 300

    assert composing.short_form(incident, Suspect.objects.get()).endswith("... Likely payments-api 1.42.0 (83%).")


def test_text_for_an_sms_keeps_what_gsm_has_and_writes_the_rest_plainly():
    assert for_sms("Ça “va” – mañana…\n£5 → €6") == 'Ça "va" - mañana... £5 -> €6'
    assert for_sms("Łódź ş") == "Lodz s"
    assert one_line("a\r\n\tb\x00c") == "a b c"
    assert cut_to_fit("a" * 160) == "a" * 160
    assert len(cut_to_fit("a" * 161)) == 160
