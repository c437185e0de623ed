"""The table of digits: errors, and the paired test against the best of e2cnn's networks."""

from lensym.study.paired import mcnemar
from pages.digits import digits


def a_run(name, wrong, mflop=10.0, width=1.0):
    facts = {"group": "C8", "parameters": 23084, "images": 150000, "seconds": 480.2, "n": 5000}
    return {"name": name, "width": width, "wrong": list(range(wrong)), "gflop": mflop / 1e3, **facts}


def test_the_best_of_e2cnn_s_is_what_the_others_are_held_against():
    runs = [a_run("digits_c8", 50), a_run("example_c8", 70, 500, 0.25), a_run("example_c8", 90, 127, 0.125)]
    text = digits({"digits": {"runs": {str(k): run for k, run in enumerate(runs)} | {"3": {"error": "no memory"}}}})
    assert text.startswith("Runs: 3. Failed: 3 (no memory).")
    best, other, third = text.splitlines()[-3:]
    assert best.startswith("| `digits_c8` | C8 | 1.00 % (0.8 to 1.3 %) | 1.9e-06 | 23\u202f084 | 10 | 0.02 |")
    assert other.startswith("| e2cnn, `example_c8` x 0.25 | C8 | 1.40 % (1.1 to 1.8 %) |  | 23\u202f084 | 500 |  |")
    assert third.startswith("| e2cnn, `example_c8` x 0.125 | C8 | 1.80 %")


def test_the_comparison_is_of_the_digits_that_both_saw():
    """Wrong on the same of the first 100; the others, which the slow network did not see, do not count."""
    slow = a_run("example_d8", 20, 9000) | {"n": 100}
    fast = a_run("example_c8", 20, 500) | {"wrong": [*range(20), *range(4000, 4010)]}
    text = digits({"digits": {"runs": {"0": slow, "1": fast}}})
    assert "| 20.00 % " in text
    assert "| 1 | " in text
    assert "150\u202f000, 100 |" in text


def test_without_one_of_e2cnn_s_nothing_is_compared():
    assert "| 1.00 % (0.8 to 1.3 %) |  |" in digits({"digits": {"runs": {"0": a_run("digits_c8", 50)}}})


def test_networks_wrong_on_the_same_images_are_not_told_apart():
    assert mcnemar([1, 2], [1, 2]) == 1.0
    assert mcnemar([1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]) == 0.03125
    assert mcnemar(range(10), range(100, 110)) == 1.0
