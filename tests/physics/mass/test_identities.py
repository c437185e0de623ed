"""What every mass profile obeys: potential, convergence, curl, turning, gradients, one formula for every library."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lensym.physics import mass

torch.set_num_threads(1)

RANGES = {
    "theta_E": (0.2, 2.0),
    "gamma": (1.3, 2.7),
    "e1": (-0.4, 0.4),
    "e2": (-0.4, 0.4),
    "gamma1": (-0.3, 0.3),
    "gamma2": (-0.3, 0.3),
    "a_m": (-0.1, 0.1),
    "phi_m": (-3.0, 3.0),
    "Rs": (0.1, 3.0),
    "alpha_Rs": (0.05, 1.0),
    "r_trunc": (0.05, 5.0),
    "center_x": (-1.0, 1.0),
    "center_y": (-1.0, 1.0),
    "kappa_0": (0.1, 1.0),
    "r_c": (0.1, 1.0),
    "length": (0.05, 4.0),
    "angle": (-3.0, 3.0),
}
VECTORS = {("center_x", "center_y"): 1, ("e1", "e2"): 2, ("gamma1", "gamma2"): 2}
"""Pairs of parameters that turn as vectors, and how many times faster than the scene."""


@dataclass(frozen=True)
class Profile:
    """A family of mass profiles: its prefix, its parameters, and whether they are arrays of perturbers."""

    prefix: str
    names: tuple[str, ...]
    population: bool = False
    order: tuple[int, ...] = ()

    def draw(self, rng):
        return {name: rng.uniform(*RANGES[name], 3 if self.population else None) for name in self.names}

    def turned(self, parameters, angle):
        turned = dict(parameters)
        for (first, second), spin in VECTORS.items():
            if first in parameters:
                turned[first], turned[second] = mass.rotate(parameters[first], parameters[second], -spin * angle)
        for name in ("angle", "phi_m"):
            if name in parameters:
                turned[name] = parameters[name] + angle
        return turned

    def values(self, kind, x, y, parameters):
        if kind == "convergence" and not hasattr(mass, f"{self.prefix}_convergence"):
            return x * 0  # all of the mass is at points, on lines or outside
        function = getattr(mass, f"{self.prefix}_{kind}")
        convert = torch.as_tensor if isinstance(x, torch.Tensor) and self.population else lambda p: p
        return function(x, y, *self.order, *map(convert, parameters.values()))


CENTERS = ("center_x", "center_y")
PROFILES = {
    "sis": Profile("sis", ("theta_E",)),
    "sie": Profile("sie", ("theta_E", "e1", "e2")),
    "epl": Profile("epl", ("theta_E", "gamma", "e1", "e2")),
    "shear": Profile("shear", ("gamma1", "gamma2")),
    "multipole 3": Profile("multipole", ("a_m", "phi_m"), order=(3,)),
    "multipole 4": Profile("multipole", ("a_m", "phi_m"), order=(4,)),
    "nfw": Profile("nfw", ("Rs", "alpha_Rs")),
    "point masses": Profile("point_mass", (*CENTERS, "theta_E"), population=True),
    "lines": Profile("line", (*CENTERS, "length", "angle", "theta_E"), population=True),
    "solitons": Profile("soliton", (*CENTERS, "kappa_0", "r_c"), population=True),
    "truncated halos": Profile("tnfw", (*CENTERS, "Rs", "alpha_Rs", "r_trunc"), population=True),
}
every_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
seeds = st.integers(0, 10**6)


def draw(profile, seed):
    """Twenty positions, as arrays that take gradients, and parameters."""
    rng = np.random.default_rng(seed)
    radius, angle = rng.uniform(0.05, 4, 20), rng.uniform(0, 2 * np.pi, 20)
    x, y = (torch.tensor(p, requires_grad=True) for p in (radius * np.cos(angle), radius * np.sin(angle)))
    return x, y, profile.draw(rng)


def gradient(values, x, y):
    return torch.autograd.grad(values.sum(), (x, y), retain_graph=True)


def size(*tensors):
    """Largest value, to judge an error by."""
    return max(1.0, *(float(t.detach().abs().max()) for t in tensors))


@every_profile
@settings(max_examples=15)
@given(seed=seeds)
def test_the_deflection_is_the_gradient_of_the_potential(profile, seed):
    x, y, parameters = draw(profile, seed)
    slopes = gradient(profile.values("potential", x, y, parameters), x, y)
    alpha = profile.values("deflection", x, y, parameters)
    for slope, component in zip(slopes, alpha, strict=True):
        assert_allclose(slope.numpy(), component.detach().numpy(), atol=1e-11 * size(*alpha))


@every_profile
@settings(max_examples=15)
@given(seed=seeds)
def test_the_convergence_is_half_the_divergence_and_there_is_no_curl(profile, seed):
    x, y, parameters = draw(profile, seed)
    (xx, xy), (yx, yy) = (gradient(alpha, x, y) for alpha in profile.values("deflection", x, y, parameters))
    kappa = profile.values("convergence", x, y, parameters)
    assert_allclose((xx + yy).numpy() / 2, kappa.detach().numpy(), atol=1e-10 * size(xx, xy, yy))
    assert_allclose(xy.numpy(), yx.numpy(), atol=1e-10 * size(xx, xy, yy))


@every_profile
def test_a_parameter_wrong_by_a_millionth_would_show(profile):
    for name in profile.names:
        x, y, parameters = draw(profile, 1)
        planted = parameters | {name: parameters[name] * (1 + 1e-6)}
        slopes = gradient(profile.values("potential", x, y, planted), x, y)
        alpha = profile.values("deflection", x, y, parameters)
        wrong = max(float((a - b).detach().abs().max()) for a, b in zip(slopes, alpha, strict=True))
        assert wrong > 1e-9 * size(*alpha), name


@every_profile
@settings(max_examples=15)
@given(seed=seeds, angle=st.floats(-3, 3))
def test_turning_the_scene_turns_the_deflection(profile, seed, angle):
    x, y, parameters = draw(profile, seed)
    x, y = x.detach().numpy(), y.detach().numpy()
    expected = mass.rotate(*profile.values("deflection", x, y, parameters), -angle)
    turned = profile.values("deflection", *mass.rotate(x, y, -angle), profile.turned(parameters, angle))
    assert_allclose(turned, expected, rtol=1e-8, atol=1e-9)


@every_profile
@pytest.mark.parametrize("kind", ["potential", "deflection", "convergence"])
def test_torch_gives_what_numpy_gives(profile, kind):
    x, y, parameters = draw(profile, 3)
    result = profile.values(kind, x, y, parameters)
    expected = profile.values(kind, x.detach().numpy(), y.detach().numpy(), parameters)
    pairs = zip(result, expected, strict=True) if kind == "deflection" else [(result, expected)]
    for found, value in pairs:
        assert found.dtype == torch.float64
        assert_allclose(found.detach().numpy(), value, rtol=1e-12, atol=1e-12)


@every_profile
def test_single_precision_is_kept_and_enough(profile):
    x, y, parameters = draw(profile, 4)
    expected = profile.values("deflection", x, y, parameters)
    single = {name: np.float32(p) if profile.population else p for name, p in parameters.items()}
    result = profile.values("deflection", x.detach().float(), y.detach().float(), single)
    for found, value in zip(result, expected, strict=True):
        assert found.dtype == torch.float32
        assert_allclose(found.numpy(), value.detach().numpy(), atol=2e-5 * size(*expected))


@every_profile
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_centre_is_finite_with_its_gradient_and_deflects_nowhere(profile, dtype):
    rng = np.random.default_rng(5)
    x, y, parameters = torch.zeros(1, dtype=dtype), torch.zeros(1, dtype=dtype), profile.draw(rng)
    if profile.population:
        parameters = {name: torch.tensor(p[:1], dtype=dtype) for name, p in parameters.items()}
        x, y = (parameters[name].clone() for name in CENTERS)
    x, y = x.requires_grad_(), y.requires_grad_()
    alpha = profile.values("deflection", x, y, parameters)
    for values in (*alpha, profile.values("potential", x, y, parameters)):
        assert torch.isfinite(values).all()
        assert all(torch.isfinite(g).all() for g in gradient(values, x, y))
    assert max(float(a.detach().abs().max()) for a in alpha) < 1e-8


@every_profile
def test_gradients_flow_to_positions_and_parameters(profile):
    x, y, parameters = draw(profile, 6)
    values = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters.values()]

    def deflection(*inputs):
        return profile.values("deflection", *inputs[:2], dict(zip(profile.names, inputs[2:], strict=True)))

    assert torch.autograd.gradcheck(deflection, (x, y, *values))


@pytest.mark.parametrize("prefix", ["sie", "epl"])
@pytest.mark.parametrize("kind", ["potential", "deflection", "convergence"])
@pytest.mark.parametrize("e", [(0.0, 0.0), (0.0, -1e-12), (2e-9, 1e-9), (1e-4, -2e-4), (0.006, 0.007), (0.006, 0.009)])
def test_a_round_lens_has_a_gradient_by_its_ellipticity(prefix, kind, e):
    profile = PROFILES[prefix]
    x, y, parameters = draw(profile, 7)
    x, y = (torch.cat([p.detach(), torch.zeros(1)]) for p in (x, y))  # the centre too
    e1, e2 = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in e)

    def values(e1, e2):
        return profile.values(kind, x, y, parameters | {"e1": e1, "e2": e2})

    assert torch.autograd.gradcheck(values, (e1, e2), atol=1e-8, rtol=1e-6)
    expected = profile.values(kind, x.numpy(), y.numpy(), parameters | {"e1": e[0], "e2": e[1]})
    found = values(e1, e2)
    pairs = zip(found, expected, strict=True) if kind == "deflection" else [(found, expected)]
    for tensor, array in pairs:
        # by numbers, the isothermal ellipsoid is a sphere up to an ellipticity of 5e-10
        assert_allclose(tensor.detach().numpy(), array, rtol=1e-12, atol=1e-11)
