from __future__ import annotations

import copy
import importlib.util
import warnings

import pytest
import torch
from torch import nn

from lensym.symmetry import (
    AntialiasedPool,
    DepthwiseSteerableConv,
    DiskMask,
    FieldBatchNorm,
    FieldDropout,
    FieldInstanceNorm,
    FieldLayerNorm,
    FieldModule,
    FieldSequential,
    FieldType,
    FourierNonlinearity,
    GatedNonlinearity,
    GroupConv,
    GroupPool,
    LiftingConv,
    NormNonlinearity,
    NormPool,
    PointwiseConv,
    PointwiseNonlinearity,
    RestrictionModule,
    SeparableGroupConv,
    SeparableSteerableConv,
    SpatialPool,
    SteerableConv,
    Upsample,
    cyclic,
    dihedral,
    fold,
    irrep_type,
    o2,
    regular_type,
    spectral,
    trivial_type,
)

C8, D4 = cyclic(8), dihedral(4)


class Residual(FieldModule):
    """A layer of one's own."""

    def __init__(self, body: FieldSequential) -> None:
        super().__init__(body.in_type, body.out_type)
        self.body = body

    def forward(self, x):
        self.check_input(x)
        return x + self.body(x)


def steerable_network() -> nn.Module:
    image, fields = trivial_type(C8, 1), regular_type(C8, 3)
    body = FieldSequential(SeparableSteerableConv(fields, fields, 3, padding=1), FieldBatchNorm(fields))
    return nn.Sequential(
        SteerableConv(image, fields, 5, stride=2, padding=2, bias=False),
        FieldBatchNorm(fields),
        PointwiseNonlinearity(fields, "elu"),
        Residual(body),
        FieldDropout(fields),
        AntialiasedPool(fields, 3),
        GroupPool(fields),
        SpatialPool(trivial_type(C8, 3)),
        nn.Linear(3, 2),
    )


def grid_network() -> nn.Module:
    image, fields = trivial_type(D4, 1), regular_type(D4, 2)
    both = regular_type(D4, 2) + trivial_type(D4, 1)
    return FieldSequential(
        LiftingConv(image, fields, 5, padding=2),
        FieldBatchNorm(fields),
        PointwiseNonlinearity(fields),
        SeparableGroupConv(fields, fields, 3, padding=1),
        AntialiasedPool(fields, 3),
        GroupConv(fields, fields, 3, padding=1, bias=False),
        PointwiseNonlinearity(fields, "leaky_relu"),
        PointwiseConv(fields, both),
        FieldBatchNorm(both),
        GroupPool(both, "mean"),
        SpatialPool(trivial_type(D4, 3)),
    )


def irrep_network() -> nn.Module:
    """Layers that have no plain counterpart stay as they are between the others."""
    group = o2()
    gated = GatedNonlinearity(trivial_type(group, 2) + irrep_type(group, "psi_1,1", 2))
    series = FieldType.of(spectral(group, 1), 2)
    restriction = RestrictionModule(series, dihedral(8))
    end = restriction.out_type
    return FieldSequential(
        DiskMask(trivial_type(group, 1)),
        SteerableConv(trivial_type(group, 1), gated.in_type, 5, padding=2),
        FieldBatchNorm(gated.in_type),
        gated,
        DepthwiseSteerableConv(gated.out_type, 3, stride=2, padding=1),
        PointwiseConv(gated.out_type, series),
        FieldInstanceNorm(series),
        FourierNonlinearity(series, "elu"),
        restriction,
        FieldLayerNorm(end),
        NormNonlinearity(end),
        Upsample(end),
        NormPool(end),
    )


NETWORKS = {"steerable": steerable_network, "grid": grid_network, "irreps": irrep_network}


def trained(name: str) -> nn.Module:
    """A network with all weights and statistics away from where they start."""
    module = NETWORKS[name]()
    for parameter in module.parameters():
        parameter.data += torch.randn_like(parameter) * 0.1
    with torch.no_grad():
        for _ in range(3):
            module(torch.randn(4, 1, 17, 17) * 2 + 1)
    return module


@pytest.mark.parametrize("name", NETWORKS)
def test_the_outputs_are_the_same(name):
    module, x = trained(name), torch.randn(3, 1, 17, 17)
    before = copy.deepcopy(module.state_dict())
    folded = fold(module)
    assert module.training  # the module itself is left alone
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    with torch.no_grad():
        expected = module.eval()(x)
        scale = max(1.0, expected.abs().max().item())
        assert (folded(x) - expected).abs().max() <= 1e-5 * scale
        wide = fold(module.double())(x.double())
        assert (wide - module(x.double())).abs().max() <= 1e-11 * scale


@pytest.mark.parametrize("name", ["steerable", "grid"])
def test_what_is_left_is_torch_s_own(name):
    folded = fold(trained(name))
    own = [m for m in folded.modules() if type(m).__module__.startswith("lensym") and not isinstance(m, Residual)]
    assert {type(m).__name__ for m in own} <= {"ChannelPool", "SideBySide"}
    assert not any(isinstance(m, nn.BatchNorm2d | nn.Dropout) for m in folded.modules())


def test_chains_become_flat():
    folded = fold(grid_network())
    assert [type(m).__name__ for m in folded][:5] == ["Conv2d", "ReLU", "Conv2d", "Conv2d", "ReplicationPad2d"]


def test_a_convolution_that_does_more_keeps_its_norm():
    class Doubled(nn.Conv2d):
        def forward(self, input):
            return 2 * super().forward(input)

    module = nn.Sequential(Doubled(1, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3, padding="same"), nn.BatchNorm2d(2))
    module(torch.randn(4, 1, 8, 8))
    folded, x = fold(module), torch.randn(1, 1, 8, 8)
    assert [type(m).__name__ for m in folded] == ["Doubled", "BatchNorm2d", "Conv2d"]
    torch.testing.assert_close(folded(x), module.eval()(x), atol=1e-5, rtol=0)


def own(kind):
    """A subclass that adds its input to what the layer computes."""

    class Own(kind):
        def forward(self, x):
            return x + super().forward(x)

    return Own


@pytest.mark.parametrize("kind", [GroupConv, FieldBatchNorm, PointwiseNonlinearity, FieldSequential, nn.Sequential])
def test_a_subclass_that_computes_something_else_stays(kind):
    fields = regular_type(dihedral(4), 2)
    parts = (GroupConv(fields, fields, 3, padding=1), FieldBatchNorm(fields), PointwiseNonlinearity(fields))
    if kind in (FieldSequential, nn.Sequential):
        module = nn.Sequential(own(kind)(*parts), FieldBatchNorm(fields))
    else:
        given = {GroupConv: (fields, fields, 3, 1, 1)}.get(kind, (fields,))
        module = FieldSequential(*(own(kind)(*given) if type(part) is kind else part for part in parts))
    x = torch.randn(2, 16, 8, 8)
    with torch.no_grad():
        module.train()(x)
        torch.testing.assert_close(fold(module)(x), module.eval()(x), atol=1e-5, rtol=1e-5)


def test_one_filter_wrong_would_be_seen():
    module, x = trained("grid").eval(), torch.randn(1, 1, 17, 17)
    folded = fold(module)
    folded[0].weight.data[0] *= 1.01
    assert (folded(x) - module(x)).abs().max() > 1e-5


@pytest.mark.parametrize("name", NETWORKS)
def test_it_exports(name):
    module, x = trained(name).eval(), torch.randn(2, 1, 17, 17)
    program = torch.export.export(fold(module), (x,)).module()
    torch.testing.assert_close(program(x), module(x), atol=1e-5, rtol=1e-5)


@pytest.mark.skipif(
    importlib.util.find_spec("onnx") is None or importlib.util.find_spec("onnxscript") is None,
    reason="onnx and onnxscript are not installed",
)
@pytest.mark.parametrize("name", ["steerable", "grid"])
def test_it_exports_to_onnx(name):
    x = torch.randn(2, 1, 17, 17)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(fold(trained(name)), (x,), dynamo=True, verbose=False)
    assert program.model_proto.graph.node
