"""The shift detector: calibrated on images like the training images, and alarmed by others."""

import pytest
import torch
from torch.nn import functional as F

from lensym.models.shift import RINGS, ShiftDetector, _whitening

SIZE, FEATURES = 32, 5


def features_of(labels, seed):
    draw = torch.Generator().manual_seed(seed)
    centres = 6 * torch.eye(3, FEATURES)
    mixing = torch.tensor([1.0, 0.1, 3.0, 0.5, 1.0]).diag() + 0.3
    return centres[labels] + torch.randn(len(labels), FEATURES, generator=draw) @ mixing


@pytest.fixture(scope="module")
def samples(rings):
    """Features, images, labels for fitting, calibrating, testing."""

    def sample(count, seed):
        labels = torch.arange(count) % 3
        return features_of(labels, seed), rings(count, SIZE, seed=seed), labels

    return sample(900, 1), sample(600, 2), sample(1500, 3)


@pytest.fixture(scope="module")
def detector(samples):
    detector = ShiftDetector(SIZE, FEATURES, 3)
    features, images, labels = samples[0]
    detector.fit(features, detector.profile(images), labels)
    features, images, _ = samples[1]
    detector.calibrate(features, detector.profile(images))
    return detector


def test_one_in_a_hundred_validation_images_is_above_1(detector, samples):
    assert (detector.score(*samples[1][:2]) > 1).float().mean().item() == pytest.approx(0.01, abs=0.002)


def test_about_as_many_fresh_images_are_above_1(detector, samples):
    assert 0.002 < (detector.score(*samples[2][:2]) > 1).float().mean() < 0.03


def shifted_images(images):
    galaxy = torch.exp(
        -0.5 * (torch.hypot(*torch.meshgrid([torch.arange(SIZE) - SIZE / 2] * 2, indexing="ij")) / 3) ** 2
    )
    return {
        "galaxy": images + 100 * galaxy,
        "zoomed": F.interpolate(images, scale_factor=2, mode="bilinear")[:, :, 16:48, 16:48],
        "noise": torch.rand_like(images),
        "negative": -images,
    }


@pytest.mark.parametrize("kind", ["galaxy", "zoomed", "noise", "negative"])
def test_images_of_another_kind_are_above_1(detector, samples, kind):
    features, images, _ = samples[2]
    scores = detector.score(features[:50], shifted_images(images[:50])[kind])
    assert (scores > 1).float().mean() > 0.95


def test_features_far_from_every_class_are_above_1(detector, samples):
    features, images, _ = samples[2]
    assert (detector.score(features[:50] + 10, images[:50]) > 1).all()
    # between two classes, though nearer to their common mean than either
    assert (detector.score((features[:30] * 0 + 3), images[:30]) > 1).all()


def test_the_distance_is_mahalanobis_to_the_nearest_class(detector, samples):
    features, _, labels = (part.double() for part in samples[0])
    means = torch.stack([features[labels == k].mean(0) for k in range(3)])
    inverse = torch.linalg.inv(torch.cov((features - means[labels.long()]).T))
    tested, images, _ = samples[2]
    offsets = tested.double()[:, None] - means
    expected = torch.einsum("nki,ij,nkj->nk", offsets, inverse, offsets).sqrt().amin(1)
    # the ridge shortens a distance a little
    torch.testing.assert_close(
        detector.distances(tested, detector.profile(images))[:, 0].double(), expected, rtol=0.05, atol=0
    )


def test_the_profile_of_a_flat_image_is_flat_and_has_no_scatter():
    detector = ShiftDetector(SIZE, FEATURES, 3)
    flat = detector.profile(torch.ones(1, 1, SIZE, SIZE))[0]
    inside = detector.rings.sum(0) > 0
    torch.testing.assert_close(flat[:RINGS][inside], torch.asinh(torch.full((int(inside.sum()),), 2.0)))
    assert flat[RINGS:].abs().max() < 5e-3  # a difference of squares


def test_the_score_is_invariant_under_d4(detector, samples):
    features, images, _ = (part[:5].double() for part in samples[2])
    expected = detector.double().score(features, images)
    for turns in range(4):
        turned = images.rot90(turns, (2, 3))
        for moved in (turned, turned.flip(3)):
            torch.testing.assert_close(detector.score(features, moved), expected, rtol=1e-10, atol=0)
    detector.float()


def test_whitening_inverts_the_covariance():
    deviations = torch.randn(5000, 4, dtype=torch.float64) @ torch.randn(4, 4, dtype=torch.float64)
    whitening = _whitening(deviations)
    torch.testing.assert_close(torch.cov((deviations @ whitening).T), torch.eye(4).double(), rtol=0, atol=0.1)


def test_images_all_alike_give_finite_numbers(rings):
    detector = ShiftDetector(SIZE, FEATURES, 3)
    features, images = torch.ones(6, FEATURES), rings(1, SIZE).expand(6, -1, -1, -1)
    detector.fit(features, detector.profile(images), torch.arange(6) % 3)
    detector.calibrate(features, detector.profile(images))
    assert all(buffer.isfinite().all() for buffer in detector.buffers())
    assert (detector.score(features, images) <= 1).all()
    assert (detector.score(features + 1, images) > 1).all()


def test_the_profile_is_mean_and_scatter_in_rings(rings):
    detector, images = ShiftDetector(SIZE, FEATURES, 3), rings(2, SIZE).double()
    axis = torch.arange(SIZE).double() - (SIZE - 1) / 2
    member = (torch.hypot(axis, axis[:, None]) / (SIZE / 2) * RINGS).long() == 10
    ring = torch.asinh(2 * images / images.square().mean((1, 2, 3), keepdim=True).sqrt())[:, 0, member]
    profile = detector.profile(images)
    torch.testing.assert_close(profile[:, 10], ring.mean(1))
    torch.testing.assert_close(profile[:, RINGS + 10], ring.std(1, correction=0))
