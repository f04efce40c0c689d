"""Reminders: at nine on the owner's clock, on the due day and 1, 3, 7 days after, then weekly; each once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coe import following_up, mailing, publishing, reminding
from coe.models import COE, ActionItem, Reminder
from tests import make
from tests.coe.writers import LATER, in_review, published

pytestmark = pytest.mark.django_db
DUE = date(2026, 12, 16)


@pytest.fixture
def action():
    """Alice's, in Paris, due on 16 December 2026."""
    coe = published()
    return coe.actions.get()


def at(day, hour, minute=0):
    """An instant by UTC; in December Paris is an hour ahead."""
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def days():
    return [str(reminder.day) for reminder in Reminder.objects.order_by("day")]


def subjects(mailbox):
    return [mail.subject for mail in mailbox if "Give each issuer" in mail.subject]


def test_it_goes_out_at_nine_on_the_owners_clock_and_not_before(action, mailoutbox):
    reminding.tick(at(16, 7, 59))
    assert subjects(mailoutbox) == []

    reminding.tick(at(16, 8, 0))

    assert subjects(mailoutbox) == ["Due today: Give each issuer a pool"]


def test_nine_is_nine_in_summer_too():
    auckland = make.person("Hana Ruru", zone="Pacific/Auckland")
    nine_in_summer = datetime(2026, 12, 15, 20, 0, tzinfo=UTC)
    nine_in_winter = datetime(2026, 6, 15, 21, 0, tzinfo=UTC)

    for nine, due in ((nine_in_summer, date(2026, 12, 16)), (nine_in_winter, date(2026, 6, 16))):
        assert reminding.latest_day(due, auckland, nine - timedelta(minutes=1)) is None
        assert reminding.latest_day(due, auckland, nine) == due


def test_it_is_repeated_after_one_three_and_seven_days_then_weekly(action):
    for day in range(40):
        reminding.make_due(at(16, 12) + timedelta(days=day))

    assert days() == ["2026-12-16", "2026-12-17", "2026-12-19", "2026-12-23", "2026-12-30", "2027-01-06", "2027-01-13",
                      "2027-01-20"]  # fmt: skip


def test_any_number_of_ticks_sends_one_mail(action, mailoutbox):
    for minute in range(5):
        reminding.tick(at(16, 9, minute))

    assert len(subjects(mailoutbox)) == 1


def test_after_a_standstill_one_reminder_goes_out_not_all(action):
    reminding.make_due(at(21, 12))

    assert days() == ["2026-12-19"]


def test_what_is_not_promised_or_not_open_or_nobodys_reminds_nobody(action, mailoutbox):
    in_review(make.coe(title="Another, still in review"))
    following_up.finish(action, make.alice(), LATER)
    make.action("Nobody's", of=action.coe, owner=None)

    reminding.tick(at(20, 12))

    assert not Reminder.objects.exists()


def test_a_reminder_overtaken_before_it_went_out_is_withdrawn(action, mailoutbox):
    reminding.make_due(at(16, 12))
    following_up.finish(action, make.alice(), LATER)

    reminding.tick(at(16, 13))

    assert subjects(mailoutbox) == []
    assert not Reminder.objects.exists()


def test_a_new_owner_is_reminded_and_the_old_one_is_not(action, mailoutbox):
    reminding.make_due(at(16, 12))
    ActionItem.objects.update(owner=make.carol())

    reminding.tick(at(16, 12, 5))

    assert [mail.to for mail in mailoutbox if "Give each issuer" in mail.subject] == [["carol@example.com"]]


def test_the_mail_says_what_of_which_coe_until_when_and_where(action, mailoutbox):
    reminding.tick(at(17, 9))

    mail = next(mail for mail in mailoutbox if "Give each issuer" in mail.subject)
    html, kind = mail.alternatives[0]
    assert kind == "text/html"
    for body in (mail.body, html):
        assert "1 day overdue" in body
        assert action.coe.title in body
        assert "16 December 2026" in body
        assert f"http://testserver/actions/{action.pk}/" in body


def test_an_owner_who_may_not_read_the_coe_is_not_told_its_title(action, mailoutbox):
    ActionItem.objects.update(owner=make.carol())
    publishing.set_audience(action.coe, "restricted", reason="Security", by=make.alice(), now=LATER)

    reminding.tick(at(16, 9))

    mail = next(mail for mail in mailoutbox if mail.to == ["carol@example.com"])
    assert action.coe.title not in mail.body + mail.alternatives[0][0]


def test_a_mail_that_failed_rests_and_is_tried_again(action, settings, mailoutbox):
    settings.EMAIL_BACKEND = "tests.coe.broken_mail.Refusing"
    reminding.tick(at(16, 9))
    kept = Reminder.objects.get()
    assert (kept.sent_at, kept.tries) == (None, 1)
    assert "mail server" in kept.error

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    reminding.tick(at(16, 9) + mailing.REST[0] - timedelta(seconds=1))
    assert subjects(mailoutbox) == []
    reminding.tick(at(16, 9) + mailing.REST[0])

    assert len(subjects(mailoutbox)) == 1


def test_while_the_mail_server_is_away_a_tick_does_not_wait_for_every_letter(action, settings):
    for number in range(12):
        make.action(f"Another {number}", of=action.coe, due_in=30)
    settings.EMAIL_BACKEND = "tests.coe.broken_mail.Refusing"

    reminding.tick(at(16, 9))

    assert Reminder.objects.filter(tries=1).count() == mailing.BATCH


def test_all_letters_of_many_batches_go_out_in_one_tick(action, mailoutbox):
    for number in range(12):
        make.action(f"Another {number}", of=action.coe, due_in=30)

    reminding.tick(at(16, 9))

    assert Reminder.objects.filter(sent_at__isnull=True).count() == 0
    assert len([mail for mail in mailoutbox if "Due today" in mail.subject]) == 13


def test_a_sender_that_died_is_replaced_after_its_lease(action, mailoutbox):
    reminding.make_due(at(16, 9))
    mailing.lease(Reminder, at(16, 9), 10)

    reminding.tick(at(16, 9) + mailing.LEASE - timedelta(seconds=1))
    assert subjects(mailoutbox) == []
    reminding.tick(at(16, 9) + mailing.LEASE)

    assert len(subjects(mailoutbox)) == 1


def test_reviewers_and_owners_are_told_by_the_same_tick(mailoutbox):
    published()

    reminding.tick(LATER)

    # The request for review was overtaken by its answer.
    assert [mail.subject for mail in mailoutbox] == [f"Bob Kimani approved {COE.objects.get().number}"]


def test_a_request_for_review_names_the_coe_and_leads_to_it(mailoutbox):
    coe = in_review()

    reminding.tick(LATER)

    mail = mailoutbox[0]
    assert (mail.to, mail.subject) == (["bob@example.com"], f"Please review {coe.number}: {coe.title}")
    assert f"http://testserver/coes/{coe.pk}/review/" in mail.body
