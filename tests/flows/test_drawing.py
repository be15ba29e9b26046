"""The drawing of the flows: up to date, and of what the tables say."""

from tests import explorer


def test_the_drawing_is_up_to_date() -> None:
    drawn = explorer.DRAWING.read_text("utf-8")
    assert drawn == explorer.draw(), "the flows have changed: run `.venv/bin/python -m tests.explorer`"


def test_the_procedure_of_the_firm_can_be_read_off_the_drawing() -> None:
    arrows = explorer.main_arrows()
    for source, label, target in [
        ("Offered", "« start »", "StepA"),
        ("StepA", "« there »", "StepB"),
        ("StepB", "« done »", "Checking"),
        ("Checking", "bank: renewed", "Renewed"),
        ("StepB", "« password-changed »", "NewPassword"),
        ("NewPassword", "page filled in", explorer.BACK),
    ]:
        assert label in arrows[explorer.Arrow(source, target)]
