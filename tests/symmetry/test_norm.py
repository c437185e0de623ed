from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from lensym.symmetry import (
    FieldBatchNorm,
    FieldInstanceNorm,
    FieldLayerNorm,
    FieldType,
    dihedral,
    direct_sum,
    irrep,
    irrep_type,
    regular_type,
    trivial,
    trivial_type,
)
from lensym.symmetry.norm import OrthogonalBatchNorm

D4 = dihedral(4)
MIXED = trivial_type(D4, 2) + regular_type(D4, 3)


def test_each_field_gets_mean_zero_and_variance_one_as_a_whole():
    scale, shift = torch.rand(26, 1, 1) + 0.5, torch.randn(26, 1, 1)
    y = FieldBatchNorm(MIXED)(torch.randn(4, 26, 5, 5) * scale + shift)
    for fields in MIXED.split(y):
        mean, variance = fields.mean(dim=(0, 2, 3, 4)), fields.var(dim=(0, 2, 3, 4), correction=0)
        torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-5, rtol=0)
        torch.testing.assert_close(variance, torch.ones_like(variance), atol=1e-4, rtol=0)
    channels = MIXED.split(y)[1].mean(dim=(0, 3, 4))
    assert channels.abs().max() > 0.1  # not each channel by itself


def test_one_scale_and_one_running_statistic_a_field():
    norm = FieldBatchNorm(MIXED)
    state = {name: tuple(value.shape) for name, value in norm.state_dict().items() if name != "made_for"}
    assert list(state.values()) == [(2,)] * 4 + [()] + [(3,)] * 4 + [()]


def test_equivariant_in_training_mode_too(group, dtype):
    fields = trivial_type(group, 1) + regular_type(group, 2)
    norm = FieldBatchNorm(fields).to(dtype).train()
    x = torch.randn(2, fields.size, 5, 6, dtype=dtype)
    y = norm(x)
    for g in group.elements:
        error = (norm(fields.transform(x, g)) - fields.transform(y, g)).abs().max().item()
        assert error <= (1e-5 if dtype == torch.float32 else 1e-12)


def test_vectors_get_length_one_in_the_root_mean_square_and_keep_their_directions():
    fields = irrep_type(D4, "E1", 3)
    x = torch.randn(4, 6, 5, 5) * 7
    y = FieldBatchNorm(fields)(x)
    mean_square = y.unflatten(1, (3, 2)).square().mean(dim=(0, 2, 3, 4))
    torch.testing.assert_close(mean_square, torch.ones(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.linalg.cross(pairs(x), pairs(y)), torch.zeros_like(pairs(x)), atol=1e-4, rtol=0)


def pairs(x):
    """Fields of two channels as vectors of three-space."""
    planes = x.unflatten(1, (3, 2)).movedim(2, -1)
    return torch.cat([planes, torch.zeros_like(planes[..., :1])], dim=-1)


def test_of_mixed_channels_only_the_trivial_parts_lose_their_mean():
    field = direct_sum([trivial(D4), irrep(D4, "E1")])
    shift = torch.tensor([5.0, 5.0, 5.0]).view(1, 3, 1, 1)
    y = FieldBatchNorm(FieldType.of(field, 1))(torch.randn(8, 3, 6, 6) + shift)
    mean = y.mean(dim=(0, 2, 3))
    assert abs(mean[0]) < 1e-5
    assert mean[1:].abs().min() > 0.5


def test_of_permuted_channels_both_ways_agree():
    """torch's batch norm over the channels of regular fields, and the one for any orthogonal representation."""
    run = regular_type(D4, 3).runs[0]
    fast, plain = nn.BatchNorm3d(3), OrthogonalBatchNorm(run, 1e-5, 0.1)
    with torch.no_grad():
        for weight in (fast.weight, fast.bias):
            nn.init.normal_(weight)
        plain.weight.copy_(fast.weight)
        plain.bias.copy_(fast.bias[:, None])
    # the constant that each channel gets for a value of 1 of the trivial part, of either sign
    constant = plain.invariants[0, 0]
    plain.bias.data /= constant
    for training in (True, False):
        x = torch.randn(4, 3, 8, 5, 5) * 2 + 1
        torch.testing.assert_close(fast.train(training)(x), plain.train(training)(x), atol=1e-5, rtol=0)
    torch.testing.assert_close(plain.running_var, fast.running_var)
    torch.testing.assert_close(plain.running_mean[:, 0] * constant, fast.running_mean)


@pytest.mark.parametrize("fields", [MIXED, MIXED + irrep_type(D4, "E1", 2)], ids=str)
def test_in_evaluation_it_is_a_factor_and_a_shift_of_each_channel(fields):
    norm = FieldBatchNorm(fields)
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    norm(torch.randn(4, fields.size, 5, 5) * 3 + 1)
    x = torch.randn(2, fields.size, 3, 3)
    scale, shift = (v.view(1, -1, 1, 1) for v in norm.affine())
    torch.testing.assert_close(norm.eval()(x), x * scale + shift, atol=1e-6, rtol=1e-5)


def test_instance_norm_takes_each_image_and_field_by_itself():
    scale = torch.tensor([1.0, 10.0]).view(2, 1, 1, 1)
    y = FieldInstanceNorm(MIXED)(torch.randn(2, 26, 6, 6) * scale + scale)
    for fields in MIXED.split(y):
        torch.testing.assert_close(fields.mean(dim=(2, 3, 4)), torch.zeros(fields.shape[:2]), atol=1e-5, rtol=0)
        torch.testing.assert_close(fields.square().mean(dim=(2, 3, 4)), torch.ones(fields.shape[:2]), atol=1e-3, rtol=0)


def test_layer_norm_of_regular_fields_is_torch_s_over_channels():
    fields = regular_type(D4, 3)
    x = torch.randn(2, 24, 4, 4)
    expected = nn.functional.layer_norm(x.movedim(1, -1), (24,)).movedim(-1, 1)
    torch.testing.assert_close(FieldLayerNorm(fields)(x), expected, atol=1e-5, rtol=0)


def test_layer_norm_of_vectors_has_no_mean():
    x = torch.randn(2, 4, 3, 3) + 5
    expected = x / (x.square().mean(dim=1, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(FieldLayerNorm(irrep_type(D4, "E1", 2))(x), expected)


@pytest.mark.parametrize("kind", [FieldInstanceNorm, FieldLayerNorm])
def test_another_runtime_normalises_alike(kind):
    runtime = pytest.importorskip("onnxruntime")
    norm = kind(MIXED + irrep_type(D4, "E1", 2))
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(3, norm.in_type.size, 5, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(norm.eval(), (x,), dynamo=True, input_names=["x"], verbose=False)
    session = runtime.InferenceSession(program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": x.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), norm(x), atol=1e-5, rtol=1e-5)
