import pytest

from lensym.cli.common import Steps, print_json, print_table, progress


def test_progress_without_a_terminal_is_a_line_every_tenth(capsys):
    with progress("work") as report:
        for done in range(201):
            report(done, 200)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" (")[0] for line in lines] == [f"work: {20 * k}/200" for k in range(11)]
    assert [line[-8:] for line in lines[1:-1]] == [" s left)"] * 9
    assert (lines[0], lines[-1]) == ("work: 0/200", "work: 200/200")


def test_progress_of_nothing_is_no_error(capsys):
    with progress("work") as report:
        report(0, 0)
    assert capsys.readouterr().err == "work: 0/0\n"


def test_each_step_has_a_title_and_counts_of_its_own(capsys):
    with Steps() as steps:
        steps.count(1, 1)  # of no step: shown nowhere
        steps.begin("first")
        steps.count(1, 2)
        steps.begin("second")
        steps.count(3, 3)
    assert capsys.readouterr().err.splitlines() == ["first", "first: 1/2", "second", "second: 3/3"]


def test_a_table_holds_its_cells_as_they_are(capsys):
    print_table(["file", "p"], [["[bold]a[/bold].fits", "0.5"], ["x" * 130, "1"]], title="[red] results")
    out = capsys.readouterr().out
    for text in ("[bold]a[/bold].fits", "x" * 130, "[red] results", "0.5"):
        assert text in out


def test_a_number_that_json_cannot_hold_shows_as_a_fault(capsys):
    with pytest.raises(ValueError, match="JSON"):
        print_json({"auc": float("nan")})
    print_json({"name": "lentille é"})
    assert "lentille é" in capsys.readouterr().out
