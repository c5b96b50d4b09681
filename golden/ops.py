"""Reference numbers for every operation of the engine, from PyTorch (float32 on the CPU).

Writes ops.json beside itself: for each case its inputs, the gradient fed in from above, the output, and the gradient of
every differentiable input. src/engine/testing/op-cases.ts builds the same cases with our operations.

    python golden/ops.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(7)
CASES = {}


def normal(*shape):
    return torch.randn(shape)


def positive(*shape):
    return torch.rand(shape) * 2 + 0.25


def spaced(*shape):
    """Distinct numbers, at least 0.1 apart and 0.03 away from integers: no ties, no steps within a finite difference."""
    count = 1
    for extent in shape:
        count *= extent
    return ((torch.randperm(count).float() - count / 2) * 0.1 + 0.037).reshape(shape)


def below(limit, *shape):
    return torch.randint(0, limit, shape, dtype=torch.int32)


def flags(*shape):
    return torch.rand(shape) > 0.5


def case(name, function, *inputs):
    tensors = [x.clone().requires_grad_(x.dtype == torch.float32) for x in inputs]
    output = function(*tensors)
    entry = {"inputs": [describe(x) for x in inputs], "output": describe(output)}
    if output.dtype == torch.float32:
        upstream = torch.randn(output.shape)
        entry["upstream"] = describe(upstream)
        if output.requires_grad:
            output.backward(upstream)
        entry["gradients"] = [
            describe(torch.zeros_like(x) if x.grad is None else x.grad) if x.dtype == torch.float32 else None
            for x in tensors
        ]
    assert name not in CASES, name
    CASES[name] = entry


def describe(x):
    dtype = {torch.float32: "f32", torch.int32: "i32", torch.bool: "bool"}[x.dtype]
    return {"dtype": dtype, "shape": list(x.shape), "data": x.detach().reshape(-1).tolist()}


def long(index):
    return index.long()


# Leaves.
case("input/any", lambda x: x * 1, normal(2, 3))
case("constant/added", lambda x: x + torch.tensor([1.0, 2.0, 3.0]), normal(2, 3))

# Element-wise, one operand.
for name, function, make in [
    ("neg", torch.neg, normal),
    ("exp", torch.exp, normal),
    ("log", torch.log, positive),
    ("sqrt", torch.sqrt, positive),
    ("abs", torch.abs, spaced),
    ("sign", torch.sign, spaced),
    ("sigmoid", torch.sigmoid, normal),
    ("tanh", torch.tanh, normal),
    ("sin", torch.sin, normal),
    ("cos", torch.cos, normal),
    ("reciprocal", torch.reciprocal, positive),
    ("floor", torch.floor, spaced),
    ("square", torch.square, normal),
    ("stopGradient", lambda x: x.detach() * 1, normal),
]:
    case(f"{name}/vector", function, make(5))
    case(f"{name}/3d", function, make(2, 3, 4))
# Angles of rotary embedding: positions in the thousands.
for name, function in [("sin", torch.sin), ("cos", torch.cos)]:
    case(f"{name}/far", function, torch.tensor([-2047.0, -3.2, -1.6, 0.0, 0.5, 1.6, 3.1, 4.7, 513.0, 4095.0]))
case("sigmoid/far", torch.sigmoid, torch.tensor([-90.0, -30.0, 0.0, 30.0, 90.0]))
case("neg/i32", torch.neg, below(9, 4))
case("not/vector", torch.logical_not, flags(6))

# Element-wise, two operands.
SHAPES = [("same", (2, 3), (2, 3)), ("row", (2, 3), (3,)), ("column", (2, 1), (1, 4)), ("lead", (4,), (3, 2, 4)), ("scalar", (2, 3), ())]
for name, function, left, right in [
    ("add", torch.add, normal, normal),
    ("sub", torch.sub, normal, normal),
    ("mul", torch.mul, normal, normal),
    ("div", torch.div, normal, positive),
    ("pow", torch.pow, positive, normal),
]:
    for shape, a, b in SHAPES:
        case(f"{name}/{shape}", function, left(*a), right(*b))
for name, function in [("minimum", torch.minimum), ("maximum", torch.maximum)]:
    for shape, a, b in SHAPES:
        case(f"{name}/{shape}", function, spaced(*a), spaced(*b) + 0.013)
    case(f"{name}/ties", function, torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 5.0, -3.0]))
case("pow/number", lambda x: x**3, normal(2, 3))
case("add/i32", torch.add, below(9, 2, 3), below(9, 3))
case("mul/i32", torch.mul, below(9, 2, 3), below(9, 3))
for name, function in [
    ("less", torch.less),
    ("lessEqual", torch.less_equal),
    ("greater", torch.greater),
    ("greaterEqual", torch.greater_equal),
    ("equal", torch.eq),
]:
    case(f"{name}/f32", function, below(3, 2, 3).float(), below(3, 3).float())
    case(f"{name}/i32", function, below(3, 2, 3), below(3, 2, 1))
case("and/row", torch.logical_and, flags(2, 3), flags(3))
case("or/row", torch.logical_or, flags(2, 3), flags(3))
case("where/same", torch.where, flags(2, 3), normal(2, 3), normal(2, 3))
case("where/broadcast", torch.where, flags(2, 1), normal(3), normal(2, 3))
case("where/mask", lambda c, x: torch.where(c, x, torch.tensor(-2.0)), flags(4, 4), normal(2, 4, 4))
case("cast/toI32", lambda x: x.to(torch.int32), spaced(3, 4))
case("cast/fromBool", lambda x: x.float() * 1, flags(3, 4))
case("cast/fromI32", lambda x: x.float() * 1, below(9, 3, 4))
case("clamp/inside", lambda x: torch.clamp(x, -0.4, 0.3), spaced(3, 4))
# Our bounds count as inside (AEPO-L3: at the bound F is still the ratio); torch.clamp 2.15 gives them no gradient.
case("clamp/bounds", lambda x: torch.where(x.abs() <= 1, x, torch.clamp(x, -1, 1).detach()), torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]))
case("clampStraightThrough/any", lambda x: x + (torch.clamp(x, -0.4, 0.3) - x).detach(), spaced(3, 4))

# Products.
def product(ta, tb, alpha):
    return lambda a, b: alpha * torch.matmul(a.mT if ta else a, b.mT if tb else b)


for flag, ta, tb in [("nn", 0, 0), ("tn", 1, 0), ("nt", 0, 1), ("tt", 1, 1)]:
    a = (4, 3) if ta else (3, 4)
    b = (5, 4) if tb else (4, 5)
    case(f"matmul/{flag}", product(ta, tb, 1.0), normal(*a), normal(*b))
    case(f"matmul/{flag}-alpha", product(ta, tb, 0.3), normal(*a), normal(*b))
    case(f"matmul/{flag}-batch", product(ta, tb, 0.5), normal(2, 3, *a), normal(2, 3, *b))
    case(f"matmul/{flag}-shared-b", product(ta, tb, 1.0), normal(2, 3, *a), normal(*b))
    case(f"matmul/{flag}-shared-a", product(ta, tb, 1.0), normal(*a), normal(2, 3, *b))
    case(f"matmul/{flag}-broadcast", product(ta, tb, 1.0), normal(2, 1, *a), normal(3, *b))
case("matmul/one-row", product(0, 0, 1.0), normal(1, 7), normal(7, 1))

# Layout.
case("reshape/flatten", lambda x: x.reshape(4, 6), normal(2, 3, 4))
case("transpose/last", lambda x: x.permute(0, 2, 1), normal(2, 3, 4))
case("transpose/heads", lambda x: x.permute(1, 2, 0, 3), normal(2, 3, 4, 2))
case("transpose/matrix", lambda x: x.T, normal(3, 4))
case("broadcastTo/row", lambda x: x.broadcast_to(2, 3, 4), normal(4))
case("broadcastTo/middle", lambda x: x.broadcast_to(2, 3, 4), normal(2, 1, 4))
case("concat/rows", lambda x, y, z: torch.cat([x, y, z], 0), normal(1, 3), normal(2, 3), normal(4, 3))
case("concat/last", lambda x, y: torch.cat([x, y], -1), normal(2, 3, 1), normal(2, 3, 4))
case("slice/rows", lambda x: x[1:3], normal(4, 3))
case("slice/last", lambda x: x[..., 1:], normal(2, 3, 4))
case("slice/pieces", lambda x: x[:, 0:2] * x[:, 2:4] + x[:, 5:7], normal(2, 8))
case("slice/overlap", lambda x: x[:, 0:3] * x[:, 1:4], normal(2, 4))
case("pad/rows", lambda x: F.pad(x, (0, 0, 1, 2)), normal(2, 3))
case("pad/last", lambda x: F.pad(x, (2, 0)), normal(2, 2, 3))

# Reductions.
for name, axes in [("rows", (0,)), ("last", (2,)), ("two", (0, 2)), ("all", (0, 1, 2))]:
    case(f"sum/{name}", lambda x, axes=axes: x.sum(axes), normal(2, 3, 4))
    case(f"sum/{name}-kept", lambda x, axes=axes: x.sum(axes, keepdim=True), normal(2, 3, 4))
    case(f"mean/{name}", lambda x, axes=axes: x.mean(axes), normal(2, 3, 4))
    case(f"max/{name}", lambda x, axes=axes: x.amax(axes), spaced(2, 3, 4))
    case(f"max/{name}-kept", lambda x, axes=axes: x.amax(axes, keepdim=True), spaced(2, 3, 4))
case("max/ties", lambda x: x.amax((1,)), torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]))
case("sum/i32", lambda x: x.sum((1,), dtype=torch.int32), below(9, 2, 3))
case("cumsum/last", lambda x: x.cumsum(-1), normal(2, 5))
case("cumsum/rows", lambda x: x.cumsum(0), normal(4, 3))
case("cumsum/reverse", lambda x: x.flip(1).cumsum(1).flip(1), normal(2, 4, 3))
case("argmax/last", lambda x: x.argmax(-1).to(torch.int32), spaced(3, 5))

# Rows by index.
case("gatherRows/matrix", lambda x, i: x[long(i)], normal(5, 3), below(5, 7))
case("gatherRows/deep", lambda x, i: x[long(i)], normal(5, 2, 3), below(5, 2, 4))
case("gatherRows/vector", lambda x, i: x[long(i)], normal(6), below(6, 2, 3))
case("gatherRows/i32", lambda x, i: x[long(i)], below(9, 6, 2), below(6, 3))


def scatter(rows):
    def function(x, i):
        flat = x.reshape(i.numel(), -1)
        rest = x.shape[i.dim() :]
        return torch.zeros(rows, flat.shape[1]).index_add(0, long(i.reshape(-1)), flat).reshape(rows, *rest)

    return function


case("scatterAddRows/matrix", scatter(4), normal(7, 3), below(4, 7))
case("scatterAddRows/deep", scatter(5), normal(2, 4, 2, 3), below(5, 2, 4))
case("scatterAddRows/vector", scatter(3), normal(6), below(3, 6))
# Written onto what they are added to; onto each other; read twice, so not.
case("scatterAddRows/onto", lambda x, i, y: y + scatter(4)(x, i), normal(7, 3), below(4, 7), normal(4, 3))
case("scatterAddRows/two", lambda x, i, y, j: scatter(4)(x, i) + scatter(4)(y, j), normal(7, 3), below(4, 7), normal(5, 3), below(4, 5))
case("scatterAddRows/shared", lambda x, i, y: y + scatter(4)(x, i) * scatter(4)(x, i), normal(7, 3), below(4, 7), normal(4, 3))
case("scatterAddRows/row", lambda x, i, y: y + scatter(4)(x, i), normal(7, 3), below(4, 7), normal(3))
case("pick/matrix", lambda x, i: x.gather(-1, long(i)[..., None])[..., 0], normal(4, 5), below(5, 4))
case("pick/3d", lambda x, i: x.gather(-1, long(i)[..., None])[..., 0], normal(2, 3, 4), below(4, 2, 3))
case("place/vector", lambda x, i: torch.zeros(4, 5).scatter(-1, long(i)[..., None], x[..., None]), normal(4), below(5, 4))
case("place/matrix", lambda x, i: torch.zeros(2, 3, 4).scatter(-1, long(i)[..., None], x[..., None]), normal(2, 3), below(4, 2, 3))

# Networks.
MASK = torch.tensor([[0.0, float("-inf"), float("-inf")], [0.0, 0.0, float("-inf")], [0.0, 0.0, 0.0]])
for name, function in [("softmax", F.softmax), ("logSumExp", torch.logsumexp)]:
    case(f"{name}/vector", lambda x, f=function: f(x, -1), normal(5))
    case(f"{name}/4d", lambda x, f=function: f(x, -1), normal(2, 2, 3, 4))
    case(f"{name}/large", lambda x, f=function: f(x, -1), normal(3, 4) * 30)
case("softmax/masked", lambda x: F.softmax(x + MASK, -1), normal(2, 3, 3))
for name, shape in [("matrix", (3, 8)), ("3d", (2, 3, 6))]:
    case(f"rmsNorm/{name}", lambda x, w: F.rms_norm(x, w.shape, w, 1e-5), normal(*shape), normal(shape[-1]))
    case(f"inverseRms/{name}", lambda x: torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5), normal(*shape))


def rotate(x, cos, sin):
    x1, x2 = x.chunk(2, -1)
    return torch.cat([x1 * cos - x2 * sin, x2 * cos + x1 * sin], -1)


case("rotary/heads", rotate, normal(5, 2, 6), normal(5, 1, 3), normal(5, 1, 3))
case("rotary/batch", rotate, normal(2, 2, 3, 4), normal(3, 2), normal(3, 2))
case("rotary/full", rotate, normal(3, 4), normal(3, 2), normal(3, 2))


def swiglu(gate, up):
    return F.silu(gate) * up


case("swiGlu/vector", swiglu, normal(5), normal(5))
case("swiGlu/3d", swiglu, normal(2, 3, 4), normal(2, 3, 4))
case("swiGlu/far", swiglu, torch.tensor([-90.0, -30.0, 0.0, 30.0, 90.0]), normal(5))


def attention(x, norm, qkv, out):
    """Everything that the engine fuses or shares, in one block."""
    q, k, v = (F.rms_norm(x, norm.shape, norm, 1e-5) @ qkv).chunk(3, -1)
    p = F.softmax(0.5 * q @ k.mT + MASK, -1)
    return F.silu(p @ v @ out) * x + x


case("block/attention", attention, normal(2, 3, 4), normal(4), normal(4, 12), normal(4, 4))

# Order only: the value is the first operand's. Last, so that the numbers above stay what they were.
case("after/any", lambda x, y: x * 1 + 0 * y.sum(), normal(3, 4), normal(2))
case("after/nothing", lambda x: x * 1, normal(5))


def adamw():
    """Five steps of torch.optim.AdamW with clipping to a global norm of 1, on two parameters."""
    generator = torch.Generator().manual_seed(11)
    parameters = [torch.randn(2, 3, generator=generator), torch.randn(4, generator=generator)]
    start = [describe(x) for x in parameters]
    tensors = [x.clone().requires_grad_() for x in parameters]
    optimizer = torch.optim.AdamW(tensors, lr=0.02, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1, foreach=False)
    steps = []
    for _ in range(5):
        gradients = [torch.randn(x.shape, generator=generator) for x in tensors]
        for x, gradient in zip(tensors, gradients):
            x.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(tensors, 1.0, foreach=False)
        optimizer.step()
        steps.append({"gradients": [describe(x) for x in gradients], "norm": norm.item(), "parameters": [describe(x) for x in tensors]})
    return {"start": start, "steps": steps}


def show(value):
    """JSON with nine significant digits, which is enough for any float32."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {show(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, float):
        return f"{value:.9g}"
    return json.dumps(value)


# Last, so that the numbers of the cases above stay. The value is that of x, exactly.
case("includes/part", lambda x, y: x.detach() + (x - x.detach()) + (y - y.detach()), normal(2, 3), normal(2, 3))

lines = ",\n".join(f"    {json.dumps(name)}: {show(entry)}" for name, entry in CASES.items())
versions = json.dumps(f"torch {torch.__version__}")
path = Path(__file__).with_name("ops.json")
path.write_text(f'{{\n  "made": {versions},\n  "adamw": {show(adamw())},\n  "cases": {{\n{lines}\n  }}\n}}\n')
print(f"{len(CASES)} cases in {path.name}")
