import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lensym.errors import UsageError
from lensym.models import available, create
from lensym.models.normalise import STRETCHES, Brightness, fast_asinh, unit_rms
from lensym.symmetry import dihedral, trivial_type
from lensym.symmetry.testing import assert_equivariant

D4 = dihedral(4)


class Normalise(nn.Module):
    def __init__(self, brightness):
        super().__init__()
        self.brightness = brightness

    def forward(self, images):
        return self.brightness(images)


@given(st.floats(1e-6, 1e6))
def test_the_unit_of_flux_does_not_matter(unit):
    images = torch.rand(2, 2, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(unit_rms(unit * images), unit_rms(images), rtol=1e-12, atol=0)


@pytest.mark.parametrize("unit", [1e-30, 1e-22, 1e18, 1e30])
def test_in_single_precision_no_unit_is_too_small_or_too_large(unit):
    images = torch.rand(2, 2, 8, 8)
    torch.testing.assert_close(unit_rms(unit * images), unit_rms(images))


def test_the_gradient_is_that_of_the_image_over_its_root_mean_square():
    images = torch.rand(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(unit_rms, images)


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


@pytest.mark.parametrize("name", STRETCHES)
def test_a_stretch_is_odd_and_grows(name):
    stretch = Brightness(name).stretched
    x = torch.linspace(0, 50, 100, dtype=torch.float64)
    assert torch.equal(stretch(-x), -stretch(x))
    assert (stretch(x).diff() > 0).all()


def test_asinh_and_log_are_alike_for_faint_pixels_and_bend_for_bright_ones():
    x = torch.tensor([1e-4, 1e3], dtype=torch.float64)
    for name in ("asinh", "log"):
        faint, bright = Brightness(name).stretched(x).tolist()
        assert faint == pytest.approx(2e-4, rel=2e-4)
        assert 7 < bright < 9
    assert Brightness("none").stretched(x) is x


def test_the_unit_of_the_training_images_is_one_number():
    images = torch.rand(3, 1, 4, 4, dtype=torch.float64)
    assert torch.equal(Brightness("none", rms=2.0)(images), images / 2)


@pytest.mark.parametrize("size", [6, 7])
@pytest.mark.parametrize("brightness", [Brightness(name, rms) for name in STRETCHES for rms in (None, 3.0)])
def test_normalisation_turns_with_the_image(size, brightness):
    image = trivial_type(D4, 2)
    assert_equivariant(Normalise(brightness), D4, torch.randn(2, 2, size, size), in_type=image, out_type=image)


@pytest.mark.parametrize("name", available())
def test_every_network_heeds_what_it_is_given_or_refuses_it(name, rings):
    def build(brightness):
        torch.manual_seed(0)
        return create(name, 32, width=0.25, brightness=brightness).double().eval()

    if name == "symmetry_dynamics":
        with pytest.raises(UsageError, match="a network that takes a stretch and a unit; got 'symmetry_dynamics'"):
            build(Brightness("log"))
        return
    images = rings(2, 32).double()
    usual, log, unit = (build(b)(images) for b in (Brightness(), Brightness("log"), Brightness(rms=1e-3)))
    assert not torch.equal(usual, log)
    assert not torch.equal(usual, unit)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"stretch": "sqrt"}, "got 'sqrt'"), ({"rms": 0.0}, "a root mean square above 0; got 0.0")],
)
def test_impossible_ones_are_refused(given, words):
    with pytest.raises(UsageError, match=words):
        Brightness(**given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_fast_asinh_is_torch_s_and_takes_its_place_in_inference_alone(dtype):
    sizes = torch.logspace(-30, 30, 2001, dtype=torch.float64)
    x = torch.cat([-sizes, torch.zeros(1, dtype=torch.float64), sizes]).to(dtype)
    torch.testing.assert_close(
        fast_asinh(x), torch.asinh(x.double()).to(dtype), rtol=4 * torch.finfo(dtype).eps, atol=0
    )
    stretch = Brightness("asinh").stretched
    with torch.inference_mode():
        assert torch.equal(stretch(x), fast_asinh(2 * x))
    assert torch.equal(stretch(x), torch.asinh(2 * x))
    zero = torch.zeros(1, requires_grad=True)
    stretch(zero).backward()
    assert zero.grad.item() == 2, "which the fast one would not give"
