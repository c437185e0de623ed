import pytest
import torch
from torch.nn import functional as F

from lensym.models import create
from lensym.models.symmetry_dynamics import MagnitudeActivation, SkyFreeLifting
from lensym.symmetry import dihedral, regular_type, trivial_type
from lensym.symmetry.testing import EquivarianceError, assert_equivariant

D4 = dihedral(4)
IMAGE, FIELDS = trivial_type(D4, 2), regular_type(D4, 3)
NAME = "symmetry_dynamics"


def relative_change(network, images, others):
    with torch.no_grad():
        first = network(images)
        return ((network(others) - first).abs().max() / max(1, first.abs().max())).item()


@pytest.fixture(scope="module")
def network(trained):
    return trained(create(NAME, 24, 2, width=0.4))


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-4), (torch.float64, 1e-12)])
def test_sky_and_flux_unit_do_not_matter(network, rings, dtype, bound):
    """The sky of 50 times the ring's flux costs float32 two digits."""
    network, images = network.to(dtype), rings(3, 24, 2).to(dtype)
    for sky, unit in ((0.0, 37.0), (0.0, 1e-6), (-3.0, 1.0), (50.0, 1.0), (50.0, 1e4)):
        level = sky * torch.tensor([1.0, 0.3], dtype=dtype).view(2, 1, 1)
        assert relative_change(network, images, unit * (images + level)) < bound


def test_they_matter_to_a_network_that_is_normalised_otherwise(trained, rings):
    images = rings(3, 24)
    assert relative_change(trained(create("p4mcnn", 24)), images, images + 3) > 1e-3


def test_a_window_is_convolved_less_its_mean():
    conv = SkyFreeLifting(IMAGE, FIELDS, 5, bias=False).double()
    images = torch.rand(1, 2, 5, 5, dtype=torch.float64)
    plain = super(SkyFreeLifting, conv).filters
    less_mean = images - images.mean((2, 3), keepdim=True)
    torch.testing.assert_close(conv(images), F.conv2d(less_mean, plain))
    assert_equivariant(conv, D4)


def test_the_activation_grows_with_the_map_and_turns_with_it(trained):
    layer = MagnitudeActivation(FIELDS).double()
    layer(torch.randn(2, 24, 8, 8).double())
    assert_equivariant(layer, D4)
    x = torch.randn(2, 24, 8, 8).double()
    torch.testing.assert_close(layer.eval()(1e5 * x), 1e5 * layer(x))
    assert (layer(x + 1) - layer(x)).abs().max() > 0.1


def test_a_map_of_zeros_has_a_gradient(rings):
    network = create(NAME, 16, width=0.4)
    network(torch.cat([torch.zeros(1, 1, 16, 16), rings(3, 16)])).sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters())


def test_a_filter_moved_wrongly_breaks_the_invariance(trained, rings):
    network = trained(create(NAME, 24, width=0.4))
    network.lift.orbits[1] = network.lift.orbits[1].roll(1, dims=-1)
    with pytest.raises(EquivarianceError):
        assert_equivariant(network, D4, rings(2, 24), tolerance=1e-3)


def test_an_image_and_its_halving_have_one_of_two_zooms_in_common(network, rings):
    images = rings(2, 24, 2).double()
    images -= images.amin((2, 3), keepdim=True)  # as the network takes them
    halved = network.double().zoom(images)
    with torch.no_grad():
        fine, coarse = network._at_one_zoom(images), network._at_one_zoom(halved)
        assert torch.equal(network.features(images), torch.maximum(fine, coarse))
        assert (network._at_one_zoom(network.zoom(halved)) - fine).abs().max() > 1e-2
    assert_equivariant(network.zoom, D4)
