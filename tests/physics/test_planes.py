from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from lensym.errors import UsageError
from lensym.physics.cosmology import FlatLambdaCDM, deflection_ratio
from lensym.physics.mass import shear_deflection, sie_deflection, sis_deflection
from lensym.physics.planes import plane_weights, trace_planes

COSMOLOGY = FlatLambdaCDM()
X, Y = np.random.default_rng(0).normal(size=(2, 30))
MAIN = partial(sie_deflection, theta_E=1.2, e1=0.1, e2=-0.2)
OTHER = partial(sis_deflection, theta_E=0.3)


def test_one_plane_is_the_lens_equation():
    alpha = MAIN(X, Y)
    beta = trace_planes(X, Y, [MAIN], plane_weights([0.5], 1.0, COSMOLOGY))
    assert_allclose(beta, (X - alpha[0], Y - alpha[1]), rtol=1e-13)


def test_planes_at_one_redshift_add_their_deflections():
    weights = plane_weights([0.5, 0.5], 1.0, COSMOLOGY)
    one, other = MAIN(X, Y), OTHER(X, Y)
    expected = X - one[0] - other[0], Y - one[1] - other[1]
    assert_allclose(trace_planes(X, Y, [MAIN, OTHER], weights), expected, rtol=1e-12)


def test_a_lens_weighs_less_in_a_plane_closer_behind_it():
    """In a plane at ``z`` the same mass deflects by the ratio of D_LS / D_S."""
    weights = plane_weights([0.3, 0.6, 0.9], 2.0, COSMOLOGY)
    assert weights.shape == (3, 4)
    for j, z in ((1, 0.6), (2, 0.9)):
        assert weights[0, j] == pytest.approx(deflection_ratio(0.3, z, 2.0, COSMOLOGY), rel=1e-12)
    assert_allclose(weights[:, -1], 1.0)
    assert (np.tril(weights[:, :3]) == 0).all()


def test_sheets_of_shear_multiply_as_matrices():
    """Linear deflections: the ray's matrix is the recursion written out by hand."""
    weights = plane_weights([0.3, 0.7], 1.5, COSMOLOGY)
    first, second = (np.array([[g1, g2], [g2, -g1]]) for g1, g2 in ((0.1, 0.05), (-0.08, 0.2)))
    between = np.eye(2) - weights[0, 1] * first
    matrix = np.eye(2) - first - second @ between
    planes = [partial(shear_deflection, gamma1=s[0, 0], gamma2=s[0, 1]) for s in (first, second)]
    assert_allclose(trace_planes(X, Y, planes, weights), matrix @ np.array([X, Y]), rtol=1e-12)


def test_the_order_of_the_planes_matters():
    """Negative control: without the coupling the two could be exchanged."""
    weights = plane_weights([0.3, 0.7], 1.5, COSMOLOGY)
    first, exchanged = (trace_planes(X, Y, planes, weights) for planes in ([MAIN, OTHER], [OTHER, MAIN]))
    assert np.abs(np.subtract(first, exchanged)).max() > 1e-3


def test_torch_gives_what_numpy_gives_with_gradients():
    weights = plane_weights([0.3, 0.7], 1.5, COSMOLOGY)
    tensors = [torch.tensor(value[:4], requires_grad=True) for value in (X, Y)]
    found = trace_planes(*tensors, [MAIN, OTHER], weights)
    assert_allclose(torch.stack(found).detach().numpy(), trace_planes(X[:4], Y[:4], [MAIN, OTHER], weights), rtol=1e-12)
    assert torch.autograd.gradcheck(lambda x, y: trace_planes(x, y, [MAIN, OTHER], weights), tensors)


@pytest.mark.parametrize("redshifts", [[0.7, 0.3], [0.3, 1.0], [0.3, 1.2], [0.0, 0.3], [-0.1]])
def test_planes_out_of_order_or_behind_the_source_are_refused(redshifts):
    with pytest.raises(UsageError, match="all in front of the source"):
        plane_weights(redshifts, 1.0, COSMOLOGY)
