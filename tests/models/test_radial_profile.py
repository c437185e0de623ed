import pytest
import torch

from lensym.models import create
from lensym.symmetry import dihedral
from lensym.symmetry.testing import EquivarianceError, assert_equivariant


@pytest.mark.parametrize("size", [16, 21])
def test_the_features_are_mean_and_scatter_of_rings(size):
    network = create("radial_profile", size, channels=2).double().eval()
    images = torch.rand(3, 2, size, size, dtype=torch.float64)
    axis = torch.arange(size) - (size - 1) / 2
    radius = torch.hypot(axis, axis[:, None])
    pixels = torch.asinh(2 * images / images.square().mean((1, 2, 3), keepdim=True).sqrt())
    found = network.features(images) * (1 + 1e-5) ** 0.5
    ring = pixels[:, :, (radius >= 4) & (radius < 6)]
    rings = found.shape[1] // 4
    torch.testing.assert_close(found.view(3, 2, 2, rings)[:, :, 0, 2], ring.mean(-1))
    torch.testing.assert_close(found.view(3, 2, 2, rings)[:, :, 1, 2], ring.std(-1, correction=0))


def test_an_image_without_light_is_answered():
    assert create("radial_profile", 16).eval()(torch.zeros(2, 1, 16, 16)).isfinite().all()


def test_a_ring_one_pixel_off_the_centre_breaks_the_invariance(trained, rings):
    network = trained(create("radial_profile", 24))
    network.rings = network.rings.view(24, 24, -1).roll(1, dims=0).flatten(0, 1)
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, dihedral(4), rings(2, 24), tolerance=1e-3)
