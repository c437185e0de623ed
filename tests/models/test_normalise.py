import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lensym.models import available
from lensym.models.normalise import stretch, unit_rms
from lensym.symmetry import dihedral, trivial_type
from lensym.symmetry.testing import assert_equivariant

D4 = dihedral(4)


class Normalise(nn.Module):
    def forward(self, images):
        return stretch(unit_rms(images))


@given(st.floats(1e-6, 1e6))
def test_the_unit_of_flux_does_not_matter(unit):
    images = torch.rand(2, 2, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(unit_rms(unit * images), unit_rms(images), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", available())
def test_no_network_sees_the_unit_of_flux(narrow, rings, name):
    network, images = narrow(name, 32).double().eval(), rings(2, 32).double()
    torch.testing.assert_close(network(1000 * images), network(images), rtol=1e-10, atol=1e-12)


def test_each_image_has_its_own_scale_and_its_channels_share_it():
    images = torch.rand(3, 2, 8, 8) * torch.tensor([1.0, 10.0, 100.0])[:, None, None, None]
    normalised = unit_rms(images)
    torch.testing.assert_close(normalised.square().mean((1, 2, 3)), torch.ones(3))
    torch.testing.assert_close(normalised[:, 0] / normalised[:, 1], images[:, 0] / images[:, 1])


def test_an_empty_image_stays_empty():
    assert torch.equal(unit_rms(torch.zeros(1, 1, 4, 4)), torch.zeros(1, 1, 4, 4))


def test_the_stretch_is_odd_and_linear_for_faint_pixels():
    x = torch.linspace(0, 50, 100, dtype=torch.float64)
    assert torch.equal(stretch(-x), -stretch(x))
    assert stretch(torch.tensor(1e-4)).item() == pytest.approx(2e-4)
    assert (stretch(x).diff() > 0).all()


@pytest.mark.parametrize("size", [6, 7])
def test_normalisation_turns_with_the_image(size):
    image = trivial_type(D4, 2)
    assert_equivariant(Normalise(), D4, torch.randn(2, 2, size, size), in_type=image, out_type=image)
