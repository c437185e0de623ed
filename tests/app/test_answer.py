"""What is shown of an answer: probabilities with their intervals, and what networks of other tasks say."""

from dataclasses import replace

import numpy as np
import pytest

from lensym.app.answer import answered, both, chances, report
from lensym.app.networks import CONTROL, NETWORK, Beside, load_beside, network
from lensym.app.words import anomaly_line, mass_line, meaning
from lensym.apply.files import FileFailure
from lensym.apply.said import reliability_of
from lensym.errors import InputError, UsageError

from .conftest import upload_of


def test_probabilities_stand_with_the_intervals_that_the_model_keeps():
    shown = answered(upload_of("axion"), None, None)
    kept = reliability_of(network(NETWORK).config)
    low, high = kept.intervals(network(NETWORK).predict(shown.pixels[None]))[0, 2]
    assert shown.answer.intervals["axion"] == [low, high]
    assert f"<small>{round(100 * low, 1):g} to {round(100 * high, 1):g}</small>" in both(shown, 0)
    assert meaning(6000) in both(shown, 0)


def test_intervals_stand_only_where_the_validation_images_speak_for_the_image():
    shown = answered(upload_of("axion"), None, None)
    assert both(shown, 90).count(" to ") == 3, "the invariant network's alone"
    assert both(shown, 45).count(" to ") == 0
    unlike = replace(shown, answer=replace(shown.answer, label=None))
    assert both(unlike, 0).count(" to ") == 0
    assert meaning(6000) not in both(unlike, 0)
    assert chances(CONTROL, shown.pixels, True).intervals is None, "its validation images are not those of today"


@pytest.mark.parametrize(("kind", "weighed"), [("axion", True), ("no_sub", False)])
def test_other_networks_say_how_strange_an_image_is_and_how_heavy_a_vortex_s_axion(
    kind, weighed, anomaly_model, mass_model
):
    beside = load_beside(anomaly_model, mass_model)
    shown = answered(upload_of(kind), None, None, beside)
    assert shown.answer.label == kind
    assert "Anomaly score <b>" in shown.beside
    assert ("log10 of its mass in eV" in shown.beside) == weighed
    assert shown.beside in report(shown, "x", "")


def test_without_such_networks_nothing_is_said():
    assert load_beside(None, None) == Beside()
    assert answered(upload_of("axion"), None, None).beside == ""


def test_the_lines_say_the_network_s_numbers(anomaly_model, mass_model):
    from lensym.apply.files import predict_frame

    beside, frame = load_beside(anomaly_model, mass_model), upload_of("axion").frame
    score, mass = (predict_frame(each, frame) for each in (beside.anomaly, beside.mass))
    strange = replace(score, estimate={"value": 2.0, "threshold": 1.5})
    assert "<b>2.00</b>: strange" in anomaly_line(strange)
    assert "<b>1.00</b>: not strange" in anomaly_line(replace(strange, estimate={"value": 1.0, "threshold": 1.5}))
    ends = [mass.estimate[key] for key in ("value", "low", "high")]
    assert "<b>{:.2f}</b> (90 % interval {:.2f} to {:.2f})".format(*ends) in mass_line(mass)
    doubted = replace(mass, warnings=("said", "<i>new"))
    assert "said" not in mass_line(doubted, ["said"])
    assert "&lt;i&gt;new" in mass_line(doubted, ["said"])


def test_a_network_that_cannot_look_at_the_image_says_why(mass_model):
    error = InputError("an <image>", "none", "give one")
    assert "No anomaly score: an &lt;image&gt;" in anomaly_line(FileFailure("", error))
    upload = upload_of("axion")
    two = replace(upload, frame=replace(upload.frame, pixels=np.repeat(upload.frame.pixels, 2, axis=0)))
    with pytest.raises(InputError, match="channel"):
        answered(two, None, None, load_beside(None, mass_model))
    assert "No estimate of the axion's mass" in mass_line(FileFailure("", error))


def test_a_model_of_another_task_is_refused(anomaly_model, mass_model, angle_model):
    with pytest.raises(UsageError, match=r"trained to anomaly for --anomaly-model.*which was trained to regress"):
        load_beside(mass_model, None)
    with pytest.raises(UsageError, match=r"trained to regress for --mass-model.*'lensnet', which was trained to class"):
        load_beside(None, "lensnet")
    with pytest.raises(UsageError, match=r"estimates log10_axion_mass for --mass-model.*which estimates vortex_angle"):
        load_beside(None, angle_model)
