import base64
import itertools
import struct
import sys

import numpy as np
import pytest

from lensym.evaluation import figures as draw
from lensym.evaluation.assess import assess
from lensym.evaluation.audit import Audit, RotationCurve

ROWS = [{"epoch": e, "train_loss": 1 / (e + 1), "val_loss": 0.5, "val_auc": 0.9, "val_accuracy": 0.8} for e in (0, 1)]


def texts(figure) -> str:
    figure.canvas.draw()
    return " | ".join(t.get_text() for t in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_training_curves_count_epochs_from_one():
    figure = draw.training_curves(ROWS)
    lines = {line.get_label(): line for ax in figure.axes for line in ax.get_lines()}
    assert set(lines) == {"training", "validation", "macro AUC", "accuracy"}
    assert lines["training"].get_xdata().tolist() == [1, 2]
    assert lines["training"].get_ydata().tolist() == [1.0, 0.5]


def test_headline_shows_model_baseline_and_guessing(predictions, perfect):
    results = assess(predictions, {"name": "net"}, {}, baseline=predictions)
    words = texts(draw.headline_figure(results))
    assert all(word in words for word in ("net", "radial-profile baseline", "guessing", "50.0 %"))
    assert "100.0 %" in texts(draw.headline_figure(assess(perfect, {}, {})))


@pytest.mark.parametrize("name", ["/scratch/" + 12 * "project/" + "run/model", 120 * "long"])
def test_a_model_far_down_in_folders_leaves_room_for_the_figure(predictions, name):
    figure = draw.headline_figure(assess(predictions, {"name": name}, {}))
    draw.png_bytes(figure)  # warns where the label leaves no room for the axes
    assert name[-9:] in texts(figure)
    assert figure.axes[0].get_position().width > 0.4


def test_the_labels_of_the_headline_do_not_overlap(predictions, perfect):
    for found in (predictions, perfect):
        figure = draw.headline_figure(assess(found, {"name": "net"}, {}))
        figure.canvas.draw()
        boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
        assert len(boxes) > 1
        assert all(left.x1 < right.x0 for left, right in itertools.pairwise(sorted(boxes, key=lambda box: box.x0)))


def test_roc_has_a_curve_a_class_and_one_of_the_baseline(predictions):
    figure = draw.roc_figure(predictions, predictions)
    assert sum(len(line.get_xdata()) > 2 for line in figure.axes[0].get_lines()) == 6
    assert "axion vortex: AUC 0.9" in texts(figure)


def test_confusion_shows_counts_and_shares(predictions):
    words = texts(draw.confusion_figure(predictions))
    hits = int((predictions.correct & (predictions.labels == 0)).sum())
    assert f"{hits}\n{100 * hits / 120:.1f} %" in words


def test_reliability_points_lie_where_the_bins_are(predictions):
    (ax,) = draw.reliability_figure(predictions).axes
    points = ax.containers[0].lines[0].get_xydata()
    confidence = predictions.probabilities.max(1)
    assert len(points) == 15
    assert points[:, 0].mean() == pytest.approx(confidence.mean(), abs=1e-6)
    assert points[:, 1].mean() == pytest.approx(predictions.correct.mean(), abs=1e-6)


def test_examples_are_typical_right_ones_then_the_surest_errors(predictions):
    shown = draw.example_indices(predictions, right=2, wrong=3)
    right, wrong = shown[:6], shown[6:]
    assert predictions.correct[right].all()
    assert predictions.labels[right].tolist() == [0, 0, 1, 1, 2, 2]
    assert not predictions.correct[wrong].any()
    confidence = predictions.probabilities.max(1)
    assert confidence[wrong].tolist() == sorted(confidence[~predictions.correct])[::-1][:3]


def test_examples_without_errors_or_hits(perfect, make_predictions):
    assert len(draw.example_indices(perfect)) == 6
    hopeless = make_predictions(2, -50.0, seed=0)
    assert not hopeless.correct.any()
    assert len(draw.example_indices(hopeless)) == 6


def test_example_images_carry_truth_and_probabilities(predictions):
    shown = draw.example_indices(predictions)
    images = np.random.default_rng(0).poisson(5, (len(shown), 1, 8, 8)).astype(np.uint16)
    images[0] = 7
    words = texts(draw.examples_figure(predictions, shown, images))
    assert "truth: " in words
    assert f"axion vortex {predictions.probabilities[shown[0], 2]:.3f}" in words


def test_audit_curve_stands_beside_its_control():
    curve = RotationCurve((0.0, 0.1, 0.0), (0.0, 0.05, 0.0), (0.0, 0.0, 0.0))
    figure = draw.audit_figure(Audit((), (0.0, 45.0, 90.0), {"net": curve, "cnn": curve}))
    assert [line.get_label() for line in figure.axes[0].get_lines()][::2] == ["net", "cnn"]


def test_png_is_one_and_the_same_every_time(predictions):
    content = draw.png_bytes(draw.confusion_figure(predictions))
    assert content == draw.png_bytes(draw.confusion_figure(predictions))
    assert content.startswith(b"\x89PNG")
    assert draw.png_width(content) == struct.unpack(">I", content[16:20])[0] * 96 // 144 == 480
    assert base64.b64decode(draw.data_uri(content).removeprefix("data:image/png;base64,")) == content


def test_no_figure_is_global(predictions):
    draw.confusion_figure(predictions)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
