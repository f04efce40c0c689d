"""Who may do what to a COE: owner, members, managers, administrators, strangers."""

import pytest

from coe import permissions
from tests import make
from tests.coe.writers import in_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    """Alice owns; Bob is a member, Mia the manager, Carol of another team, Dora an administrator."""
    bob, mia = make.bob(), make.person("Mia Manager")
    make.team("Payments", bob, managers=(mia,))
    make.team("Search", make.carol())
    return {
        "owner": make.alice(),
        "member": bob,
        "manager": mia,
        "stranger": make.carol(),
        "administrator": make.dora(),
    }


ALLOWED = {
    "may_edit": {"owner", "member", "manager", "administrator"},
    "may_publish": {"owner", "member", "manager", "administrator"},
    "may_restrict": {"owner", "manager", "administrator"},
    "may_review": {"manager", "administrator"},
}


@pytest.mark.parametrize("name", ALLOWED)
def test_each_right_belongs_to_these_people_only(people, name):
    coe = in_review(None, people["stranger"]) if name == "may_review" else make.coe()
    allowed = ALLOWED[name] | ({"stranger"} if name == "may_review" else set())

    assert {who for who, user in people.items() if getattr(permissions, name)(user, coe)} == allowed


def test_an_action_item_is_moved_by_its_owner_its_team_and_the_coes(people):
    action = make.action(owner=people["stranger"])
    assert {who for who, user in people.items() if permissions.may_change_action(user, action)} == set(people)

    action.owner = None
    assert not permissions.may_change_action(people["stranger"], action)
