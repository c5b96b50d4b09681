"""Golden values of the clipped losses: an independent PyTorch version, written from the equations of the papers.

    python golden/losses.py > golden/losses.json

AEPO's surrogate is written as the paper's clip with a detached ratio; KL is the k3 estimate; float64 throughout.
"""

import json

import torch

torch.manual_seed(20261123)
BOUND = 20.0


class StraightThroughClamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clamp(-BOUND, BOUND)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def objective(logprobs, entropies, old, advantages, low, high, stop_gradient, kl_weight, entropy_bonus):
    x = StraightThroughClamp.apply(logprobs - old)
    ratio = x.exp()
    ceiling = (1 + high) / ratio.detach() * ratio if stop_gradient else torch.full_like(ratio, 1 + high)
    clipped = torch.where(ratio > 1 + high, ceiling, torch.where(ratio < 1 - low, torch.full_like(ratio, 1 - low), ratio))
    surrogate = torch.where(ratio * advantages <= clipped * advantages, ratio * advantages, clipped * advantages)
    kl = (-x).exp() - 1 + x
    return surrogate - kl_weight * kl + entropy_bonus * entropies


def lengths_to_weights(kind, lengths):
    if kind == "token":
        return [1 / sum(lengths)] * sum(lengths)
    return [1 / (n * len(lengths)) for n in lengths for _ in range(n)]


def case(name, kind, spread, low, high, stop_gradient, kl_weight=0.0, entropy_bonus=0.0):
    lengths = [5, 1, 9, 13]
    count = sum(lengths)
    as_float32 = lambda t: t.to(torch.float32).to(torch.float64)
    old = as_float32(-torch.rand(count, dtype=torch.float64) * 3)
    logprobs = as_float32(old + spread * torch.randn(count, dtype=torch.float64)).requires_grad_()
    entropies = as_float32(torch.rand(count, dtype=torch.float64)).requires_grad_()
    advantages = as_float32(torch.randn(count, dtype=torch.float64))
    weights = as_float32(torch.tensor(lengths_to_weights(kind, lengths), dtype=torch.float64))
    value = -(weights * objective(logprobs, entropies, old, advantages, low, high, stop_gradient, kl_weight, entropy_bonus)).sum()
    by_logprob, by_entropy = torch.autograd.grad(value, [logprobs, entropies], allow_unused=True)
    by_entropy = torch.zeros(count) if by_entropy is None else by_entropy
    return {
        "name": name,
        "options": {"low": low, "high": high, "stopGradient": stop_gradient, "klWeight": kl_weight, "entropyBonus": entropy_bonus},
        "logprobs": logprobs.tolist(),
        "entropies": entropies.tolist(),
        "oldLogprobs": old.tolist(),
        "advantages": advantages.tolist(),
        "weights": weights.tolist(),
        "loss": value.item(),
        "byLogprob": by_logprob.tolist(),
        "byEntropy": by_entropy.tolist(),
    }


CASES = [
    case("AEPO, token mean", "token", 0.5, 0.2, 0.2, True),
    case("AEPO, uneven clip", "token", 0.5, 0.1, 0.28, True),
    case("AEPO, near the policy that sampled", "token", 0.02, 0.2, 0.2, True),
    case("AEPO, far from it", "token", 8.0, 0.2, 0.2, True),
    case("PPO clip, token mean (ARPO)", "token", 0.5, 0.2, 0.2, False),
    case("PPO clip, sequence mean (GRPO)", "sequence", 0.5, 0.2, 0.2, False),
    case("PPO clip with KL and entropy bonus", "sequence", 0.5, 0.2, 0.2, False, 0.04, 0.01),
    case("AEPO with KL and entropy bonus", "token", 0.5, 0.2, 0.2, True, 0.1, 0.02),
]
print(json.dumps(CASES, indent=1))
