import pytest
import torch
from torch.nn import functional as F

from lensym.train.augment import augmented, displaced, random_d4
from lensym.train.options import TrainOptions


def test_a_batch_is_turned_whole_by_an_element_of_d4_and_by_each_of_them():
    images = torch.arange(18.0).reshape(2, 1, 3, 3)
    elements = [m for turns in range(4) for t in [images.rot90(turns, (2, 3))] for m in (t, t.flip(3))]
    torch.manual_seed(0)
    found = set()
    for _ in range(100):
        turned, number = random_d4(images)
        (element,) = (k for k, other in enumerate(elements) if torch.equal(turned, other))
        assert number == 4 * (element % 2) + element // 2
        found.add(element)
    assert found == set(range(8))


def varied(images, options):
    return augmented(images, torch.zeros(len(images)), options, lambda answers, element: answers)[0]


def moves(image, most):
    """Every displacement of an image (C, H, W), its edge repeated."""
    padded = F.pad(image[None], [most] * 4, mode="replicate")[0]
    height, width = image.shape[1:]
    places = [(y, x) for y in range(2 * most + 1) for x in range(2 * most + 1)]
    return {(most - y, most - x): padded[:, y : y + height, x : x + width] for y, x in places}


@pytest.mark.parametrize("most", [1, 2])
def test_each_image_is_displaced_by_itself_and_by_each_whole_number_of_pixels(most):
    images = torch.rand(6, 2, 5, 7)
    torch.manual_seed(0)
    found, together = set(), 0
    for _ in range(60):
        by = []
        for image, moved in zip(images, displaced(images, most), strict=True):
            (move,) = (move for move, other in moves(image, most).items() if torch.equal(moved, other))
            by.append(move)
        found |= set(by)
        together += len(set(by)) == 1
    assert found == {(y, x) for y in range(-most, most + 1) for x in range(-most, most + 1)}
    assert together < 3


def test_without_jitter_nothing_is_drawn():
    images = torch.rand(2, 1, 4, 4)
    torch.manual_seed(3)
    expected = torch.rand(())
    torch.manual_seed(3)
    assert torch.equal(varied(images, TrainOptions(augment=False)), images)
    assert torch.equal(torch.rand(()), expected)


def test_a_batch_is_displaced_where_the_options_say_so():
    images = torch.rand(8, 1, 6, 6)
    torch.manual_seed(0)
    moved = varied(images, TrainOptions(augment=False, jitter=2))
    assert not torch.equal(moved, images)
