"""What each method's parts compute, beside plainer ways to the same numbers, and what each part may not move."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch.nn import functional as F

from lensym.data.adapt import AdaptData
from lensym.models.registry import create
from lensym.train.adapt.adamatch import CERTAINTY, pseudo_labels
from lensym.train.adapt.base import kept_statistics
from lensym.train.adapt.cgdm import head_gradient
from lensym.train.adapt.cgdm import pseudo_labels as nearest_centres
from lensym.train.adapt.registry import create_adaptation
from lensym.train.adapt.shift import shift_measures
from lensym.train.adapt.sinkhorn import sinkhorn_divergence
from lensym.train.adapt.task import AdaptedClassification, information
from lensym.train.options import METHODS, TrainOptions


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def begun(method, model="cnn"):
    """A network, the method at its first step of adapting, and a batch."""
    options = TrainOptions(model=model, width=0.25, task="adapt", adapt_to="there", method=method)
    network = create(model, 32, 1, 3, 0.25).train()
    adaptation = create_adaptation(network, options, AdaptedClassification(), steps=10).train()
    batch = torch.rand(8, 1, 32, 32), torch.arange(8) % 3, torch.rand(8, 1, 32, 32) ** 2
    return network, adaptation, batch


def statistics(network):
    return {name: buffer.clone() for name, buffer in network.named_buffers()}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_nothing_of_a_method_learns_in_the_first_half_but_a_second_head():
    for method in METHODS:
        network, adaptation, batch = begun(method)
        adaptation.loss(network, batch, 0).backward()
        moved = {name for name, p in adaptation.named_parameters() if p.grad is not None}
        assert moved == ({"second.weight", "second.bias"} if method == "cgdm" else set())
        assert not adaptation.begun


@pytest.mark.parametrize(("method", "second"), [("sinkhorn", 1.0), ("adda", 0.1)])
def test_the_rate_has_two_cycles(method, second):
    network, adaptation, _ = begun(method)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.004)
    schedule, rates = adaptation.schedule(optimizer, 10), []
    for _ in range(10):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert np.argmax(rates[:5]) == np.argmax(rates[5:]) == 1
    assert (max(rates[:5]), max(rates[5:])) == pytest.approx((0.004, 0.004 * second))
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0)


@pytest.mark.parametrize("method", METHODS)
def test_the_network_before_adapting_is_kept_as_it_was(method):
    network, adaptation, batch = begun(method)
    network.requires_grad_(True)
    adaptation.loss(network, batch, 5).backward()
    former = {name: tensor.clone() for name, tensor in adaptation.before.state_dict().items()}
    with torch.no_grad():
        for p in network.parameters():
            p.add_(0.1)
    adaptation.loss(network, batch, 6).backward()
    assert same(former, adaptation.before.state_dict())
    assert all(p.grad is None for p in adaptation.before.parameters())


def test_a_judge_and_an_encoder_do_not_learn_from_each_others_loss():
    network, adaptation, batch = begun("adda")
    adaptation.loss(network, batch, 5).backward()
    assert all(p.grad is None for p in network.head.parameters())
    assert all(p.grad is not None for name, p in network.named_parameters() if not name.startswith("head"))
    with torch.no_grad():  # an encoder at odds with the judge gives it no gradient beside that of its own loss
        torch.manual_seed(1)
        known = adaptation.before.features(adaptation.weak(batch[0]))
        new = network.features(adaptation.weak(batch[2]))
    adaptation.zero_grad()
    torch.manual_seed(1)
    adaptation.loss(network, batch, 6).backward()
    found = [p.grad.clone() for p in adaptation.judge.parameters()]
    adaptation.zero_grad()
    judged = adaptation.judge(torch.cat([known, new])).squeeze(1)
    F.binary_cross_entropy_with_logits(judged, (torch.arange(16) < 8).float()).backward()
    for gradient, p in zip(found, adaptation.judge.parameters(), strict=True):
        torch.testing.assert_close(gradient, p.grad)


def test_pseudo_labels_are_as_frequent_as_labels_and_sure_in_their_measure():
    known = torch.tensor([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]])
    unknown = torch.tensor([[3.0, 0.0, 0.0], [2.0, 1.9, 0.0]])
    aligned, sure = pseudo_labels(known, unknown)
    before = unknown.softmax(1)
    expected = before / before.mean(0)
    torch.testing.assert_close(aligned, expected / expected.sum(1, keepdim=True))
    least = CERTAINTY * known.softmax(1).amax(1).mean()
    assert sure.tolist() == [float(row.max() >= least) for row in aligned]
    unsure = pseudo_labels(0.01 * known, unknown)[1]
    assert unsure.tolist() == [1.0, 1.0]  # where labels are not known either, less is asked for


def test_statistics_of_a_pass_are_forgotten_or_not():
    network, images = create("lensnet-tiny", 32, 1, 3, 0.25).train(), torch.rand(4, 1, 32, 32)
    before = statistics(network)
    with kept_statistics(network):
        network(images).sum().backward()
        assert not same(before, statistics(network))
    assert same(before, statistics(network))
    network(images)
    assert not same(before, statistics(network))


def test_a_teacher_knows_the_statistics_of_unlabelled_images_alone():
    def known(labelled, unlabelled):
        torch.manual_seed(0)
        network, adaptation, (images, labels, others) = begun("self_ensembling")
        adaptation.loss(network, (labelled(images), labels, unlabelled(others)), 5)
        return statistics(adaptation.teacher)

    usual = known(torch.clone, torch.clone)
    assert same(usual, known(torch.square, torch.clone))
    assert not same(usual, known(torch.clone, torch.square))


def test_a_teacher_answers_once_there_is_one_and_follows_slowly():
    network, adaptation, batch = begun("self_ensembling")
    assert adaptation.answering(network) is network
    adaptation.loss(network, batch, 5)
    assert adaptation.answering(network) is adaptation.teacher
    before = next(adaptation.teacher.parameters()).clone()
    with torch.no_grad():
        for p in network.parameters():
            p.add_(1.0)
    adaptation.loss(network, batch, 6)
    torch.testing.assert_close(next(adaptation.teacher.parameters()) - before, torch.full_like(before, 0.01))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_gradient_of_a_head_is_that_of_torch(weighted):
    head, features = torch.nn.Linear(5, 3).double(), torch.randn(7, 5, dtype=torch.float64)
    labels, weights = torch.arange(7) % 3, torch.rand(7, dtype=torch.float64) if weighted else None
    each = F.cross_entropy(head(features), labels, reduction="none")
    (each if weights is None else each * weights).mean().backward()
    found = head_gradient(features, head(features), labels, weights)
    torch.testing.assert_close(found[:, :5], head.weight.grad)
    torch.testing.assert_close(found[:, 5], head.bias.grad)


def test_heads_learn_to_differ_and_the_encoder_that_they_agree():
    network, adaptation, batch = begun("cgdm")
    network.features = lambda images: features  # what the heads and the encoder are asked to do about it
    features = torch.randn(16, network.feature_count, requires_grad=True)
    adaptation.begin(network)

    def difference(first, second):
        return (first[8:].softmax(1) - second[8:].softmax(1)).abs().mean()

    adaptation.task = type("Nothing", (), {"loss": lambda *a: torch.zeros(()), "turned": lambda self, a, e: a})()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GRADIENTS", "GUESSES", "ENTROPY"):
            patch.setattr(f"lensym.train.adapt.cgdm.{name}", 0.0)
        adaptation.adapting(network, *batch, 0.0).backward()
    expected = torch.autograd.grad(
        difference(network.head(features), adaptation.second(features)), [features, network.head.weight]
    )
    torch.testing.assert_close(features.grad, expected[0])
    torch.testing.assert_close(network.head.weight.grad, -expected[1])


def test_images_are_called_after_the_nearest_centre():
    centres = torch.tensor([[5.0, 0.0], [0.0, 5.0]])
    classes = torch.arange(10) % 2
    features = centres[classes] + 0.1 * torch.randn(10, 2)
    logits = [4.0 * F.one_hot(classes, 2).float() for _ in range(2)]
    logits[0][0] = logits[1][0] = torch.tensor([0.0, 0.1])  # the heads are wrong about the first
    found, weights = nearest_centres(features, logits)
    assert torch.equal(found, classes)
    assert weights.argmin() == 0
    assert float(weights[0]) == pytest.approx(0.5, abs=0.01)


def exact_cost(x, y):
    """Least mean cost of an assignment."""
    cost = (torch.cdist(x, y).square() / 2).numpy()
    return cost[linear_sum_assignment(cost)].mean()


def test_the_divergence_is_the_transport_cost_where_the_blur_is_small():
    x, y = torch.randn(2, 20, 3, dtype=torch.float64)
    assert float(sinkhorn_divergence(x, y, 0.02)) == pytest.approx(exact_cost(x, y), rel=0.01)
    assert float(sinkhorn_divergence(x, x, 0.5)) == pytest.approx(0, abs=1e-9)
    assert float(sinkhorn_divergence(x, x + 2, 0.5)) == pytest.approx(6, rel=1e-3)  # 3 * 2^2 / 2
    assert math.isnan(float(sinkhorn_divergence(x, y * math.nan, math.nan)))


def test_the_gradient_of_the_divergence_is_that_of_its_value():
    x, y = torch.randn(2, 6, 2, dtype=torch.float64)
    x.requires_grad_(True)
    sinkhorn_divergence(x, y, 0.3).backward()
    slopes = torch.zeros_like(x.grad)
    with torch.no_grad():
        for place in np.ndindex(6, 2):
            step = torch.zeros_like(x)
            step[place] = 1e-4
            ends = [float(sinkhorn_divergence(x + sign * step, y, 0.3)) for sign in (1, -1)]
            slopes[place] = (ends[0] - ends[1]) / 2e-4
    assert float(F.cosine_similarity(slopes.flatten(), x.grad.flatten(), dim=0)) > 0.999


def test_the_weights_of_sinkhorn_stay_in_their_bounds():
    network, adaptation, batch = begun("sinkhorn")
    for start, bounded in (((-1.0, -1.0), (1e-3, 2.5e-4)), ((4.0, 0.5), (4.0, 1.0)), ((1.0, 2.0), (1.0, 2.0))):
        adaptation.weights.data.copy_(torch.tensor(start))
        adaptation.loss(network, batch, 5)
        assert adaptation.weights.tolist() == pytest.approx(bounded)


def test_information_is_most_where_answers_are_certain_and_differ():
    certain = torch.eye(3).repeat(4, 1) * 50
    assert information(certain) == pytest.approx(1)
    assert information(certain[:1].expand(12, 3)) == pytest.approx(0, abs=1e-9)
    assert 0 < information(torch.randn(50, 3)) < 0.9


def test_two_sets_of_one_kind_are_not_told_apart(data_set, other_telescope):
    network = create("cnn", 32, 1, 3, 0.25)
    alike, others = AdaptData(data_set, data_set, 20, 0), AdaptData(data_set, other_telescope, 20, 0)
    for data in (alike, others):
        data.setup("fit")
    assert shift_measures(network, network, alike)["auc"] < 0.6 < shift_measures(network, network, others)["auc"]
    assert np.isclose(shift_measures(network, network, alike)["unlike"], 1 / 30)
    assert shift_measures(network, create("cnn", 32, 1, 3, 0.25), alike)["auc"] > 0.9


def test_the_judges_two_encoders_are_compared():
    for method in METHODS:
        network, adaptation, _ = begun(method)
        adaptation.begin(network)
        encoder = adaptation.encoder_of_labelled(network)
        assert encoder is (adaptation.before if method == "adda" else adaptation.answering(network))
