"""Golden values of the dual clip (Ye et al., 1912.09729), for the reference preset: an independent PyTorch version.

    python golden/dual-clip.py > golden/dual-clip.json

Written as it is stated, as a loss: max of the two PPO terms, and for Ã < 0 the minimum of that and −c·Ã; float64 throughout.
"""

import json

import torch

torch.manual_seed(20261126)


def loss_of(logprobs, old, advantages, low, high, stop_gradient, dual):
    ratio = (logprobs - old).exp()
    upper = (1 + high) / ratio.detach() * ratio if stop_gradient else torch.full_like(ratio, 1 + high)
    bounded = torch.where(ratio > 1 + high, upper, ratio)
    bounded = torch.where(bounded < 1 - low, torch.full_like(ratio, 1 - low), bounded)
    first, second = -advantages * ratio, -advantages * bounded
    # Ties go to the unclipped term: inside the bounds both are one.
    clipped = torch.where(first >= second, first, second)
    cap = -advantages * dual
    return torch.where((advantages < 0) & (cap < clipped), cap, clipped)


def case(name, spread, stop_gradient, dual):
    count, low, high = 48, 0.2, 0.2
    as_float32 = lambda t: t.to(torch.float32).to(torch.float64)
    old = as_float32(-torch.rand(count, dtype=torch.float64) * 3)
    logprobs = as_float32(old + spread * torch.randn(count, dtype=torch.float64)).requires_grad_()
    advantages = as_float32(torch.randn(count, dtype=torch.float64))
    weights = as_float32(torch.full((count,), 1 / count, dtype=torch.float64))
    losses = loss_of(logprobs, old, advantages, low, high, stop_gradient, dual)
    value = (weights * losses).sum()
    (by_logprob,) = torch.autograd.grad(value, [logprobs])
    ratio = (logprobs - old).exp().detach()
    branches = {
        "above, A > 0": (ratio > 1 + high) & (advantages > 0),
        "below, A < 0": (ratio < 1 - low) & (advantages < 0),
        "dual": (ratio > dual) & (advantages < 0),
        "inside": (ratio <= 1 + high) & (ratio >= 1 - low),
        "above the clip and below the dual, A < 0": (ratio > 1 + high) & (ratio <= dual) & (advantages < 0),
    }
    assert all(mask.any() for mask in branches.values()), {key: int(mask.sum()) for key, mask in branches.items()}
    return {
        "name": name,
        "options": {"low": low, "high": high, "stopGradient": stop_gradient, "dual": dual, "klWeight": 0, "entropyBonus": 0},
        "logprobs": logprobs.tolist(),
        "oldLogprobs": old.tolist(),
        "advantages": advantages.tolist(),
        "weights": weights.tolist(),
        "loss": value.item(),
        "byLogprob": by_logprob.tolist(),
        "byEntropy": [0.0] * count,
    }


CASES = [
    case("AEPO's clip, c = 3", 1.0, True, 3.0),
    case("PPO's clip, c = 3", 1.0, False, 3.0),
    case("AEPO's clip, c = 1.5, far from the policy that sampled", 4.0, True, 1.5),
]
print(json.dumps(CASES, indent=1))
