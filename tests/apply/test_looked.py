import numpy as np
import pytest

from lensym.apply import looked
from lensym.apply.looked import look, plan
from lensym.evaluation.predictions import Answers

from .conftest import rings


@pytest.fixture(scope="module")
def answers(predictor):
    images = rings(60, 30)
    labels = np.arange(60) % 3
    return images, Answers(labels, predictor.predict(images), predictor.classes)


def test_right_ones_of_median_confidence_and_the_surest_errors(predictor, answers):
    images, said = answers
    rows, facts = look(predictor, said, lambda rows: images[rows])
    chosen = np.array(facts["images"])
    wrong = np.flatnonzero(~said.correct)
    surest = wrong[np.argsort(-said.probabilities.max(1)[wrong], kind="stable")][:2]
    assert set(chosen[~said.correct[chosen]]) == set(surest)
    right = chosen[said.correct[chosen]]
    assert len(set(said.labels[right])) == len(right) == len(chosen) - 2
    assert [row.found.target for row in rows] == said.predicted[chosen].tolist()
    assert [("truth" in row.words) for row in rows] == (~said.correct[chosen]).tolist()
    assert (facts["copies"], facts["wanted"]) == (1, len(chosen))


def test_a_slow_network_is_left_out_and_wrong_answers_go_first(predictor, answers, monkeypatch):
    images, said = answers
    monkeypatch.setattr(looked, "plan", lambda images, invariant, seconds: looked.Plan(1, 7))
    _, facts = look(predictor, said, lambda rows: images[rows])
    (index,) = facts["images"]
    assert not said.correct[index]
    monkeypatch.setattr(looked, "plan", lambda images, invariant, seconds: looked.Plan(0, 7))
    rows, facts = look(predictor, said, lambda rows: images[rows])
    assert rows == facts["images"] == []
    assert facts["wanted"] > 0


@pytest.mark.parametrize("invariant", [True, False])
@pytest.mark.parametrize("seconds", [1e-4, 0.005, 0.05, 0.5, 5.0])
def test_the_time_is_kept(invariant, seconds):
    possible = plan(5, invariant, seconds)
    cost = possible.images * possible.windows**2 * seconds * (1 if invariant else 8)
    assert cost <= looked.MAX_SECONDS
    assert possible.images == 5 or possible.windows == 7
