"""Halos by a mesh beside the halos one by one."""

import numpy as np
import pytest

from lensym.physics.kernels.halo_mesh import _interpolate_row, _weights, add_halos_by_mesh, mesh_step
from lensym.physics.kernels.halos import halo_row, halo_table

TABLE = halo_table(10.0)


def random_halos(count, seed):
    rng = np.random.default_rng(seed)
    mass = 10 ** rng.uniform(-1, 2, count)
    return np.stack([*rng.uniform(-2.5, 2.5, (2, count)), 0.05 * mass**0.4, 1e-3 * mass**0.6])


def pixels(size, spacing):
    return (np.arange(size) - (size - 1) / 2) * spacing


def one_by_one(axis, halos):
    beta = np.zeros((2, len(axis), len(axis)))
    for i, y in enumerate(axis):
        halo_row(axis, y, halos, TABLE, np.empty(len(axis)), beta[0, i], beta[1, i])
    return beta


def by_mesh(axis, step, halos):
    beta = np.zeros((2, len(axis), len(axis)))
    add_halos_by_mesh(axis, step, halos, TABLE, beta)
    return beta


@pytest.mark.parametrize(("size", "spacing"), [(300, 0.025), (128, 0.05), (101, 0.1), (64, 0.2)])
@pytest.mark.parametrize("step", [2, 3, 4])
def test_the_sum_is_that_of_the_halos_one_by_one_and_a_heavier_one_would_show(size, spacing, step):
    axis, halos = pixels(size, spacing), random_halos(20, seed=size)
    expected = one_by_one(axis, halos)
    found = by_mesh(axis, step, halos)
    assert abs(found - expected).max() < 1e-4 * abs(expected).max()
    halos[3, np.argmax(halos[3])] *= 1.01
    assert abs(found - one_by_one(axis, halos)).max() > 1e-3 * abs(expected).max()


def test_close_to_a_halo_nothing_is_smoothed():
    halo = np.array([[0.0113], [-0.0171], [0.02], [0.01]])
    axis = pixels(150, 0.02)
    expected = one_by_one(axis, halo)
    close = abs(axis) < 0.1
    error = abs(by_mesh(axis, 4, halo) - expected)[:, close][..., close]
    assert error.max() < 1e-5 * abs(expected).max()


@pytest.mark.parametrize("step", [2, 5])
def test_polynomials_of_degree_five_are_interpolated_exactly(step):
    size, polynomial = 43, np.polynomial.Polynomial([1, -2, 0.3, 0.05, -0.004, 0.0002])
    nodes = np.arange((size - 1) // step + 6) - 2.0
    mesh = np.outer(polynomial(nodes), polynomial(nodes / 2))
    places = np.arange(size) / step
    for i in (0, 1, size - 1):
        out = np.zeros(size)
        _interpolate_row(mesh, i, step, _weights(step), np.empty(len(nodes)), out)
        np.testing.assert_allclose(out, polynomial(places[i]) * polynomial(places / 2), rtol=1e-9, atol=1e-9)


def test_few_halos_need_no_mesh():
    assert mesh_step(300, 3) == 1
    assert mesh_step(300, 50) == 4
    assert mesh_step(40, 50) == 1
