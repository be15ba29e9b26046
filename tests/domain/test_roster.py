"""Who is called, and who stands in."""

import pytest

from bot.domain.errors import BadInput
from bot.domain.roster import Roster, read_channels, read_stand_ins

FIRM = Roster(read_stand_ins("Julie: Karim, Karim: Zoé, Zoé: Julie"), "Claire")


@pytest.mark.parametrize(
    ("name", "absent", "present", "stand_in"),
    [
        ("Julie", (), "Julie", "Karim"),
        ("JULIE", (), "JULIE", "Karim"),
        ("Julie", ("julie",), "Karim", "Karim"),
        ("Julie", ("julie", "karim"), "Zoé", "Zoé"),
        ("Julie", ("julie", "karim", "zoe"), "Claire", "Claire"),
        ("Julie", ("julie", "karim", "zoe", "claire"), "", ""),
        ("Anne", (), "Anne", "Claire"),  # nobody said who stands in for her
        ("", (), "Claire", "Claire"),
        ("Claire", (), "Claire", ""),
    ],
)
def test_who_is_there(name: str, absent: tuple[str, ...], present: str, stand_in: str) -> None:
    assert FIRM.present(name, absent) == present
    assert FIRM.stand_in(name, absent) == stand_in


def test_the_manager_is_called_last() -> None:
    assert FIRM.last(()) == "Claire"
    assert FIRM.last(("claire",)) == ""
    assert Roster().last(()) == ""


@pytest.mark.parametrize("wrong", ["Julie", "Julie:", ": Karim", "Julie: julie"])
def test_a_line_that_names_nobody_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput):
        read_stand_ins(wrong)


def test_an_accountant_has_a_channel_by_whatever_case_her_name_is_written() -> None:
    assert read_channels(" Zoé : #clients-zoe,Karim: C0456EFGH, ") == {"zoe": "#clients-zoe", "karim": "C0456EFGH"}
    assert read_channels("") == {}


@pytest.mark.parametrize("wrong", ["Julie", "Julie:", ": clients-julie"])
def test_a_channel_of_nobody_and_nobodys_channel_are_refused(wrong: str) -> None:
    with pytest.raises(BadInput):
        read_channels(wrong)
