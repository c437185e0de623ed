import torch

from lensym.train.classify import random_d4


def test_a_batch_is_turned_whole_by_an_element_of_d4_and_by_each_of_them():
    images = torch.arange(18.0).reshape(2, 1, 3, 3)
    elements = [m for turns in range(4) for t in [images.rot90(turns, (2, 3))] for m in (t, t.flip(3))]
    torch.manual_seed(0)
    found = set()
    for _ in range(100):
        turned = random_d4(images)
        (element,) = (k for k, other in enumerate(elements) if torch.equal(turned, other))
        found.add(element)
    assert found == set(range(8))
