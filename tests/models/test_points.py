import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lensym.models.normalise import USUAL
from lensym.models.points import brightest, laplacian, offsets, point_cloud, radius_graph
from lensym.symmetry import dihedral, trivial_type

D4 = dihedral(4)


def counts(size=16, largest=9):
    """A small image of whole numbers, full of ties, with a bright square."""
    flux = torch.randint(0, 2, (1, size, size)).double()
    flux[:, 5:9, 4:9] += torch.randint(3, largest, (1, 4, 5))
    return flux


@settings(max_examples=20)
@given(st.integers(1, 20), st.integers(0, 7), st.integers(0, 2**31))
def test_the_choice_turns_with_the_image_although_many_pixels_tie(count, g, seed):
    torch.manual_seed(seed)
    flux = counts()
    assert torch.equal(brightest(D4.transform(flux, g), count), D4.transform(brightest(flux, count), g))


def test_pixels_as_bright_as_the_last_are_all_taken_and_fainter_ones_are_not():
    flux = torch.zeros(1, 5, 5)
    flux[0, 0, :3] = torch.tensor([9.0, 7.0, 7.0])
    flux[0, 4, 4] = 7
    assert [int(brightest(flux, count).sum()) for count in (1, 2, 3, 4, 25)] == [1, 4, 4, 4, 4]


def test_the_sky_is_no_point():
    noise = torch.randn(1, 40, 40, generator=torch.Generator().manual_seed(1))
    noise[0, 20, 20] = 10
    chosen = brightest(noise, 400)
    assert chosen[0, 20, 20]
    assert chosen.sum() < 8
    assert not brightest(torch.full((1, 8, 8), 3.0), 5).any()


def test_the_laplacian_of_a_parabola():
    x = torch.arange(7.0)
    maps = (x[:, None] ** 2 + 3 * x**2).expand(1, 1, 7, 7)
    torch.testing.assert_close(laplacian(maps)[..., 1:-1, 1:-1], torch.full((1, 1, 5, 5), 8.0))


@pytest.mark.parametrize("radius", [1.0, 2.0, 2.9])
def test_the_graph_joins_what_is_near_in_the_same_image(radius):
    chosen = torch.rand(2, 9, 9) < 0.4
    image, y, x = chosen.nonzero(as_tuple=True)
    square = (y[:, None] - y) ** 2 + (x[:, None] - x) ** 2
    near = (square <= radius**2) & (square > 0) & (image[:, None] == image)
    expected = set(map(tuple, near.nonzero().tolist()))
    edges = radius_graph(chosen, radius).T.tolist()
    assert len(edges) == len(expected)
    assert set(map(tuple, edges)) == expected


def test_offsets_are_as_many_as_a_disc_has_pixels():
    rows, columns = offsets(5.0)
    assert len(rows) == 80
    assert ((rows**2 + columns**2) <= 25).all()


@pytest.mark.parametrize("g", D4.elements)
def test_a_turned_image_gives_the_turned_cloud(g):
    images = torch.rand(1, 2, 15, 15, dtype=torch.float64) + 5 * (torch.rand(1, 1, 15, 15) < 0.1)
    turned = trivial_type(D4, 2).transform(images, g)
    cloud, moved = (point_cloud(x, 20, 2.0, USUAL) for x in (images, turned))
    expected = torch.from_numpy(D4.isometry(g).move(cloud.place.T.numpy()).T)
    key, order = (p[:, 0] * 100 + p[:, 1] for p in (expected, moved.place))
    assert torch.equal(key.sort().values, order.sort().values)
    torch.testing.assert_close(cloud.features[key.argsort()], moved.features[order.argsort()])
    assert cloud.edges.shape == moved.edges.shape
