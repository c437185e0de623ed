import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from lensym.errors import InputError
from lensym.evaluation.baseline import (
    COARSE,
    LogisticBaseline,
    coarse_pixels,
    cross_fit,
    radial_profile,
    total_flux,
)
from lensym.evaluation.metrics import macro_auc

SIZE = 24
AXIS = np.arange(SIZE) - (SIZE - 1) / 2
RADIUS = np.hypot(AXIS[:, None], AXIS)


def planted(n: int, seed: int, classes: int = 3):
    """Noisy rings whose radius tells the class."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), n)
    rings = np.exp(-0.5 * (RADIUS - (5 + labels[:, None, None])) ** 2)
    return (100 * rings + rng.normal(0, 25, rings.shape))[:, None] + 300, labels


def test_separates_planted_profiles():
    model = LogisticBaseline.fit(*planted(60, seed=0))
    images, labels = planted(60, seed=1)
    p = model.predict_proba(images)
    np.testing.assert_allclose(p.sum(1), 1)
    assert macro_auc(p, labels) > 0.99


def test_is_at_chance_when_the_labels_are_shuffled():
    images, labels = planted(150, seed=0)
    model = LogisticBaseline.fit(images, np.random.default_rng(5).permutation(labels))
    images, labels = planted(150, seed=1)
    shuffled = np.random.default_rng(6).permutation(labels)
    assert abs(macro_auc(model.predict_proba(images), shuffled) - 0.5) < 0.06


def test_profile_does_not_see_turns_flips_scale_or_sky():
    images, _ = planted(4, seed=2)
    profile = radial_profile(images)
    for other in (np.rot90(images, axes=(2, 3)), images[..., ::-1], 7 * images + 40):
        np.testing.assert_allclose(radial_profile(other), profile, atol=1e-4)


def test_profile_by_hand():
    image = np.zeros((1, 1, 4, 4))
    image[0, 0, 1:3, 1:3] = [[1, 3], [1, 3]]
    scale, mean = image.std(), image.mean()
    within_two_px = np.array([1, 3, 1, 3] + 8 * [0])
    inner, corners, inner_scatter, corner_scatter = radial_profile(image)[0]
    assert inner == pytest.approx((within_two_px.mean() - mean) / scale, rel=1e-5)
    assert inner_scatter == pytest.approx(within_two_px.std() / scale, rel=1e-5)
    assert corners == pytest.approx(-mean / scale, rel=1e-5)
    assert corner_scatter == pytest.approx(0, abs=1e-3)


def test_channels_are_profiled_apart_and_chunks_do_not_matter():
    images, _ = planted(200, seed=3)
    both = radial_profile(np.concatenate([images, images[::-1]], axis=1))
    assert both.shape[1] == 2 * radial_profile(images[:1]).shape[1]
    np.testing.assert_allclose(radial_profile(images[590:]), radial_profile(images)[590:], atol=1e-6)


def test_constant_image_has_a_finite_profile():
    assert np.isfinite(radial_profile(np.full((1, 1, 8, 8), 3, np.uint16))).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_those_of_sklearn(classes):
    images, labels = planted(40, seed=4, classes=classes)
    model = LogisticBaseline.fit(images, labels)
    features = (radial_profile(images) - model.mean) / model.scale
    expected = LogisticRegression(max_iter=5000).fit(features, labels).predict_proba(features)
    np.testing.assert_allclose(model.predict_proba(images), expected, atol=1e-9)


def test_refuses_images_of_another_shape():
    model = LogisticBaseline.fit(*planted(20, seed=0))
    with pytest.raises(InputError, match=r"\(1, 12, 12\)"):
        model.predict_proba(np.zeros((2, 1, 12, 12)))


def test_profiles_give_what_their_images_give():
    images, labels = planted(30, seed=0)
    from_profiles = LogisticBaseline.fit_features(radial_profile(images), labels)
    expected = LogisticBaseline.fit(images, labels).predict_proba(images)
    np.testing.assert_array_equal(from_profiles.predict_features(radial_profile(images)), expected)


@pytest.mark.parametrize(("n", "folds"), [(2, 2), (3, 3), (40, 5)])
def test_every_fold_sees_every_class(n, folds):
    images, labels = planted(n, seed=1)
    for seed in range(5):
        p = cross_fit(radial_profile(images), labels, folds, seed)
        np.testing.assert_allclose(p.sum(1), 1)
        assert macro_auc(p, labels) > 0.8


def test_no_image_is_judged_by_a_fit_that_saw_it():
    images, labels = planted(20, seed=2)
    shuffled = np.random.default_rng(3).permutation(labels)
    profiles = radial_profile(images)
    assert abs(macro_auc(cross_fit(profiles, shuffled, 5), shuffled) - 0.5) < 0.15
    assert macro_auc(LogisticBaseline.fit_features(profiles, shuffled).predict_features(profiles), shuffled) > 0.7


def test_a_fit_runs_in_one_thread(monkeypatch):
    seen = []

    def fit(self, features, labels):
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return real(self, features, labels)

    real = LogisticRegression.fit
    monkeypatch.setattr(LogisticRegression, "fit", fit)
    with threadpool_limits(2):
        LogisticBaseline.fit(*planted(5, seed=0))
    assert set(seen) == {1}


def test_total_flux_and_coarse_pixels():
    images = np.random.default_rng(3).poisson(5, (4, 2, 32, 31)).astype(np.uint16)
    np.testing.assert_array_equal(total_flux(images), images.astype(float).sum((2, 3)))
    coarse = coarse_pixels(images).reshape(4, 2, -1)
    assert coarse.shape[2] == COARSE**2
    np.testing.assert_allclose(coarse.mean(2), 0, atol=1e-6)
    np.testing.assert_allclose(coarse.std(2), 1, atol=1e-6)
    np.testing.assert_allclose(coarse_pixels(3 * images + 100), coarse_pixels(images), atol=1e-4)
    assert np.isfinite(coarse_pixels(np.full((1, 1, 8, 8), 3, np.uint16))).all()


def test_coarse_pixels_are_means_of_blocks():
    image = np.arange(900.0).reshape(1, 1, 30, 30)
    blocks = image.reshape(15, 2, 15, 2).mean((1, 3))
    np.testing.assert_allclose(coarse_pixels(image)[0], ((blocks - blocks.mean()) / blocks.std()).ravel(), atol=1e-5)
