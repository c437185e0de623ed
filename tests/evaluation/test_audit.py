import numpy as np
import pytest

from lensym.errors import InputError, UsageError
from lensym.evaluation.audit import audit, group_audit, group_orbit, rotation_curves

SIZE = 33
AXIS = np.arange(SIZE) - (SIZE - 1) / 2
X, Y = np.meshgrid(AXIS, AXIS)
RADIUS = np.hypot(X, Y)


def blobs(n: int = 6, seed: int = 0):
    """Smooth images without any symmetry, (n, 1, SIZE, SIZE)."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-8, 8, (2, n, 5, 1, 1))
    return np.exp(-((X - x) ** 2 + (Y - y) ** 2) / 12).sum(1)[:, None]


def rings(images):
    """Logits that a rotation cannot change: fluxes in and out of a circle and their squares."""
    inside = (images * np.exp(-(RADIUS**2) / 40)).sum((1, 2, 3))
    return np.stack([inside, images.sum((1, 2, 3)), (images**2).sum((1, 2, 3))], 1)


def left_right(images):
    """Logits that depend on the side that the light is on."""
    return np.stack([(images * X).sum((1, 2, 3)), (images * Y).sum((1, 2, 3))], 1)


@pytest.mark.parametrize(("group", "order"), [("C1", 1), ("C2", 2), ("C4", 4), ("D1", 2), ("D2", 4), ("D4", 8)])
def test_orbit_has_every_element_once(group, order):
    orbit = dict(group_orbit(blobs(1), group))
    assert len(orbit) == order
    assert len({image.tobytes() for image in orbit.values()}) == order
    np.testing.assert_array_equal(orbit["identity"], blobs(1))


def test_quarter_turn_goes_from_x_to_y():
    image = np.zeros((1, 1, 5, 5))
    image[0, 0, 2, 4] = 1
    turned = dict(group_orbit(image, "C4"))["turn 90°"]
    assert np.argwhere(turned[0, 0]).tolist() == [[4, 2]]


def test_flip_reverses_y():
    image = np.zeros((1, 1, 5, 5))
    image[0, 0, 0, 1] = 1
    flipped = dict(group_orbit(image, "D1"))["flip"]
    assert np.argwhere(flipped[0, 0]).tolist() == [[4, 1]]


def test_invariant_function_passes_in_float64():
    result = group_audit(rings, blobs(), "rings", "D4", "float64")
    assert result.invariant
    assert result.changes["identity"] == 0


def test_rounding_of_float32_is_no_failure_in_float32_but_is_in_float64():
    def rounded(images):
        return rings(images) * (1 + 3e-7 * np.sign(images[:, 0, 9, 20:21] - images[:, 0, 20, 9:10]))

    assert group_audit(rounded, blobs(), precision="float32").invariant
    assert not group_audit(rounded, blobs(), precision="float64").invariant


def test_progress_counts_networks_and_angles():
    seen = []
    audit({"rings": rings, "sides": left_right}, blobs(), angles=[0, 45], progress=lambda *part: seen.append(part))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_function_of_orientation_is_caught():
    result = group_audit(left_right, blobs())
    assert not result.invariant
    assert result.worst > 1
    assert group_audit(left_right, blobs(), group="C1").invariant


def test_change_is_relative_to_the_larger_of_one_and_the_logits():
    def corner(scale):
        return lambda images: scale * images[:, 0, :1, 0]

    images = np.zeros((1, 1, 4, 4))
    images[0, 0, 0, 0] = 1
    assert group_audit(corner(0.5), images, group="C2").worst == 0.5
    assert group_audit(corner(50.0), images, group="C2").worst == 1


def test_curve_separates_an_invariant_function_from_its_control():
    result = audit({"rings": rings, "control": left_right}, blobs(), angles=[0.0, 30.0, 90.0, 180.0])
    ours, control = result.curves["rings"], result.curves["control"]
    assert ours.change == pytest.approx([0, 0, 0, 0], abs=0.02)
    assert control.change[0] == 0
    assert min(control.change[1:]) > 0.3
    assert ours.flipped == (0, 0, 0, 0)
    assert max(control.flipped) > 0.2
    assert [entry.network for entry in result.group] == ["rings", "control"]


def test_floor_is_interpolation_alone():
    curve = rotation_curves({"control": left_right}, blobs(), [0.0, 40.0, 90.0, 180.0])["control"]
    assert curve.floor[0] == curve.floor[2] == curve.floor[3] == 0
    assert 0 < curve.floor[1] < 0.05 < curve.change[1]


def test_noise_raises_the_floor():
    """White noise loses power to the splines, so a function of its variance changes without any rotation left."""
    noise = np.random.default_rng(0).normal(size=(8, 1, SIZE, SIZE))

    def roughness(images):
        return np.stack([images.var((1, 2, 3)), 0 * images[:, 0, 0, 0]], 1)

    assert rotation_curves({"f": roughness}, noise, [45.0])["f"].floor[0] > 1


@pytest.mark.parametrize("angle", [-130.0, 17.5, 45.0, 90.0, 222.0, 360.0])
def test_rotation_goes_by_the_stated_angle(angle):
    spot = np.exp(-((X - 9) ** 2 + Y**2) / 6)[None, None]
    seen = []

    def centroid(images):
        total = images[0].sum()
        seen.append(np.degrees(np.arctan2((images[0, 0] * Y).sum() / total, (images[0, 0] * X).sum() / total)))
        return np.zeros((len(images), 2))

    rotation_curves({"f": centroid}, np.concatenate([spot, spot]), [angle])
    reference, turned, back = seen
    assert (turned - reference - angle + 180) % 360 - 180 == pytest.approx(0, abs=0.5)
    assert back == pytest.approx(reference, abs=0.5)


def test_corners_that_nobody_observed_do_not_matter():
    noise = 50 * np.random.default_rng(1).random((6, 1, SIZE, SIZE))
    images = np.where(AXIS[-1] < RADIUS, noise, blobs())

    def corner(x):
        return np.stack([x[:, 0, 0, 0], 0 * x[:, 0, 0, 0]], 1)

    assert rotation_curves({"corner": corner}, images, [90.0])["corner"].change[0] < 1e-4


def test_refuses():
    with pytest.raises(UsageError, match="group on the pixel grid"):
        group_audit(rings, blobs(), group="D8")
    with pytest.raises(InputError, match="square"):
        group_audit(rings, np.zeros((2, 1, 4, 6)))
    with pytest.raises(InputError, match="at least 2"):
        rotation_curves({"f": rings}, blobs(1))
