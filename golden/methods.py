"""Golden values of the methods of k whole rollouts: losses with their gradients, and advantages.

    python golden/methods.py > golden/methods.json

Losses that TRL has are TRL's own code: `_compute_loss` of its GRPO and RLOO trainers, run on given log-probabilities with the
constants set equal. The others, and what lies beyond TRL (log ratios past the clamp, regularisers), are written here in PyTorch
from the papers' equations. Advantages are written here from the papers. float64 throughout, inputs rounded to float32.
"""

import json
import math
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.rloo_trainer import RLOOTrainer

torch.manual_seed(20261126)
torch.set_default_dtype(torch.float64)
BOUND = 20.0
LIMIT = 40
LENGTHS = [5, 1, 9, 13, 2, 7, 4]


def as_float32(x):
    return x.to(torch.float32).to(torch.float64)


# ---- TRL's own losses ---------------------------------------------------------------------------------------------------


def trl_trainer(cls, logps, low, high, loss_type="grpo", level="token"):
    """A trainer of TRL without its constructor: just what `_compute_loss` reads, and log-probabilities instead of a model."""
    trainer = object.__new__(cls)
    trainer.aux_loss_enabled = False
    trainer.top_entropy_quantile = 1.0
    trainer.off_policy_mask_threshold = None
    trainer.importance_sampling_level = level
    trainer.beta = 0.0
    trainer.loss_type = loss_type
    trainer.epsilon_low, trainer.epsilon_high = low, high
    trainer.use_vllm = False
    trainer.max_completion_length = LIMIT
    trainer.current_gradient_accumulation_steps = 1
    trainer._entropy_bonus_enabled = False
    trainer._metrics = {"train": defaultdict(list), "eval": defaultdict(list)}
    trainer.model = SimpleNamespace(training=True)
    trainer.args = SimpleNamespace(delta=None, steps_per_generation=1, use_bias_correction_kl=False)
    same = lambda x, **_: x
    trainer.accelerator = SimpleNamespace(num_processes=1, gather=same, reduce=same, gather_for_metrics=same)
    trainer._get_per_token_logps_and_entropies = lambda *_, **__: (logps, torch.zeros_like(logps), None)
    return trainer


def padded(rows):
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


def trl_loss(method, paths, clip):
    logps = padded([p["logprobs"] for p in paths])
    old = padded([p["oldLogprobs"] for p in paths])
    mask = padded([torch.ones(len(p["logprobs"])) for p in paths])
    ids = torch.zeros(len(paths), 1, dtype=torch.long)
    inputs = {
        "prompt_ids": ids,
        "prompt_mask": torch.ones_like(ids),
        "completion_ids": torch.zeros(mask.shape, dtype=torch.long),
        "completion_mask": mask,
        "advantages": torch.stack([p["advantages"][0] for p in paths]),
        "old_per_token_logps": old,
        "old_logps": (old * mask).sum(1),
        "num_items_in_batch": mask.sum(),
    }
    low, high = clip["low"], clip["high"]
    trainer = {
        "grpo": lambda: trl_trainer(GRPOTrainer, logps, low, high),
        "dr-grpo": lambda: trl_trainer(GRPOTrainer, logps, low, high, "dr_grpo"),
        "dapo": lambda: trl_trainer(GRPOTrainer, logps, low, high, "dapo"),
        # TRL's epsilon_high is the bound itself.
        "cispo": lambda: trl_trainer(GRPOTrainer, logps, low, 1 + high, "cispo"),
        "gspo": lambda: trl_trainer(GRPOTrainer, logps, low, high, "grpo", "sequence"),
        "rloo": lambda: trl_trainer(RLOOTrainer, logps, low, high),
    }[method]()
    return trainer._compute_loss(trainer.model, inputs)


# ---- independent versions -----------------------------------------------------------------------------------------------


class StraightThroughClamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clamp(-BOUND, BOUND)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


clamped = StraightThroughClamp.apply


def ppo(ratio, advantage, low, high):
    bounded = torch.where(ratio > 1 + high, torch.full_like(ratio, 1 + high), ratio)
    bounded = torch.where(ratio < 1 - low, torch.full_like(ratio, 1 - low), bounded)
    return torch.where(ratio * advantage <= bounded * advantage, ratio * advantage, bounded * advantage)


def objective(method, path, clip):
    """The surrogate at every token of a path."""
    x, advantage = clamped(path["logprobs"] - path["oldLogprobs"]), path["advantages"]
    low, high = clip["low"], clip["high"]
    if method in ("gspo", "rloo"):
        pooled = x.mean() if method == "gspo" else x.sum()
        return ppo(clamped(pooled).exp().expand(len(x)), advantage, low, high)
    ratio = x.exp()
    if method == "cispo":
        weight = ratio.detach().clamp(1 - low, 1 + high)
        return weight * advantage * path["logprobs"]
    if method == "gppo":
        # The value of PPO's clip; the gradient is a coefficient times the log-probability's.
        fixed = ratio.detach()
        above, below = (fixed > 1 + high) & (advantage > 0), (fixed < 1 - low) & (advantage < 0)
        factor = torch.where(above, 1 + high, torch.where(below, 1 - low, fixed))
        value = ppo(fixed, advantage, low, high)
        return value + factor * advantage * (path["logprobs"] - path["logprobs"].detach())
    return ppo(ratio, advantage, low, high)


def own_loss(method, paths, options):
    clip = options["clip"]
    total = sum(len(p["logprobs"]) for p in paths)
    value = torch.zeros(())
    for path in paths:
        x = clamped(path["logprobs"] - path["oldLogprobs"])
        each = objective(method, path, clip)
        each = each - options.get("klWeight", 0) * ((-x).exp() - 1 + x) + options.get("entropyBonus", 0) * path["entropies"]
        if "referenceKl" in options and method == "reinforce-plus-plus-baseline":
            each = each - options["referenceKl"] * 0.5 * (path["logprobs"] - path["referenceLogprobs"]) ** 2
        if method in ("grpo", "gspo", "rloo"):
            value = value + each.mean() / len(paths)
        elif method == "dr-grpo":
            value = value + each.sum() / LIMIT / len(paths)
        else:
            value = value + each.sum() / total
    return -value


def inputs(method, spread, far=None):
    paths = []
    for i, length in enumerate(LENGTHS):
        old = as_float32(-torch.rand(length) * 3)
        step = spread * torch.randn(length)
        if method in ("gspo", "rloo"):
            # Paths whose pooled ratio is inside the clip, above and below it.
            shift = spread * [0, 1, -1, 1, -1, 0.01, 0.01][i]
            step = step - step.mean() + (shift if method == "gspo" else shift / length)
        if far is not None:
            step[0] = far * (1 if i % 2 == 0 else -1)
        sign = 1.0 if i % 4 < 2 else -1.0
        paths.append(
            {
                "logprobs": as_float32(old + step).requires_grad_(),
                "entropies": as_float32(torch.rand(length)).requires_grad_(),
                "oldLogprobs": old,
                "advantages": as_float32(sign * (0.2 + torch.rand(1))).expand(length).clone(),
                "referenceLogprobs": as_float32(-torch.rand(length) * 3),
            }
        )
    return paths


def loss_case(source, method, spread, far=None, **options):
    beta = {"referenceKl": 0} if method == "reinforce-plus-plus-baseline" else {}
    options = {"clip": CLIPS[method], **beta, **options}
    paths = inputs(method, spread, far)
    loss = trl_loss(method, paths, options["clip"]) if source == "trl" else own_loss(method, paths, options)
    leaves = [p[name] for name in ("logprobs", "entropies") for p in paths]
    found = torch.autograd.grad(loss, leaves, allow_unused=True)
    found = [torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, found)]
    words = [f"spread {spread}"] + ([f"log ratio {far}"] if far is not None else [])
    extra = [f"{name} {value}" for name, value in options.items() if value != CLIPS[method]]
    return {
        "name": f"{method}, {source}: {', '.join(words + extra)}",
        "algorithm": {"name": method, **options},
        "tokenLimit": LIMIT,
        "paths": [{name: value.tolist() for name, value in p.items()} for p in paths],
        "loss": loss.item(),
        "byLogprob": [g.tolist() for g in found[: len(paths)]],
        "byEntropy": [g.tolist() for g in found[len(paths) :]],
    }


CLIPS = {
    "grpo": {"low": 0.2, "high": 0.2},
    "dr-grpo": {"low": 0.2, "high": 0.2},
    "dapo": {"low": 0.2, "high": 0.28},
    "cispo": {"low": 1, "high": 4},
    "gspo": {"low": 3e-4, "high": 4e-4},
    "rloo": {"low": 0.2, "high": 0.2},
    "gppo": {"low": 0.2, "high": 0.2},
    "reinforce-plus-plus": {"low": 0.2, "high": 0.2},
    "reinforce-plus-plus-baseline": {"low": 0.2, "high": 0.2},
    "gigpo": {"low": 0.2, "high": 0.2},
}
SPREAD = {"gspo": 2e-3, "cispo": 1.5, "rloo": 0.4}


def losses():
    cases = []
    for method in ("grpo", "dr-grpo", "dapo", "cispo", "gspo", "rloo"):
        cases.append(loss_case("trl", method, SPREAD.get(method, 0.5)))
        cases.append(loss_case("trl", method, 0.0))
    for method in CLIPS:
        cases.append(loss_case("pytorch", method, SPREAD.get(method, 0.5)))
        # On the clamp and past it: log ratios of -30 and 30, beside others.
        cases.append(loss_case("pytorch", method, 0.3, far=30.0))
        cases.append(loss_case("pytorch", method, SPREAD.get(method, 0.5), klWeight=0.04, entropyBonus=0.01))
    cases.append(loss_case("pytorch", "cispo", 0.5, clip={"low": 0.3, "high": 0.4}))
    for beta in (1e-3, 0.5):
        cases.append(loss_case("pytorch", "reinforce-plus-plus-baseline", 0.5, referenceKl=beta))
    return cases


# ---- advantages -----------------------------------------------------------------------------------------------------------

EPSILON = 1e-6


def normalised(values):
    values = torch.tensor(values)
    if bool((values == values[0]).all()):
        return torch.zeros_like(values).tolist()
    return ((values - values.mean()) / (values.std(unbiased=True) + EPSILON)).tolist()


def deviations(values):
    values = torch.tensor(values)
    return (values - values.mean()).tolist()


def per_token(path, value):
    return [value for length in path["turns"] for _ in range(length)]


def path_length(path):
    """As the token limit counts: two tokens of prompt, one of every tool result between turns."""
    return 2 + sum(path["turns"]) + len(path["turns"]) - 1


def overlong(length, limit, share):
    cache = share * limit
    if length <= limit - cache:
        return 0.0
    return -1.0 if length >= limit else (limit - cache - length) / cache


def whitened(rows):
    flat = torch.tensor([x for row in rows for x in row])
    if bool((flat == flat[0]).all()):
        return [[0.0] * len(row) for row in rows]
    mean, std = flat.mean(), flat.std(unbiased=True)
    return [[((x - mean) / (std + EPSILON)).item() for x in row] for row in rows]


def step_values(group, gamma, norm):
    """One value a turn of every path: the discounted return among those that start from the same state."""
    turns = [
        (p, t, path["keys"][t], path["reward"] * gamma ** (len(path["turns"]) - 1 - t))
        for p, path in enumerate(group)
        for t in range(len(path["turns"]))
    ]
    values = {}
    for key in dict.fromkeys(key for _, _, key, _ in turns):
        members = [(p, t, value) for p, t, k, value in turns if k == key]
        returns = [value for _, _, value in members]
        places = [0.0] if len(members) == 1 else normalised(returns) if norm == "std" else deviations(returns)
        for (p, t, _), place in zip(members, places):
            values[p, t] = place
    return values


def advantages_of(algorithm, groups):
    method = algorithm["name"]
    if method == "reinforce-plus-plus":
        rows = []
        for path in (path for group in groups for path in group):
            k1 = [-0.5 - reference for reference in path["reference"]]
            beta = algorithm["referenceKl"]
            rewards = [-beta * k for k in k1]
            rewards[-1] += path["reward"]
            rows.append([sum(rewards[t:]) for t in range(len(rewards))])
        return whitened(rows)
    if method == "reinforce-plus-plus-baseline":
        centred = [deviations([path["reward"] for path in group]) for group in groups]
        return whitened([per_token(p, value) for group, values in zip(groups, centred) for p, value in zip(group, values)])
    rows = []
    for group in groups:
        rewards = [path["reward"] for path in group]
        if method == "dr-grpo":
            values = deviations(rewards)
        elif method == "rloo":
            values = [r - sum(rewards[:i] + rewards[i + 1 :]) / (len(rewards) - 1) for i, r in enumerate(rewards)]
        elif method == "dapo":
            share = algorithm["overlong"]
            values = normalised([path["reward"] + overlong(path_length(path), LIMIT, share) for path in group])
        else:
            values = normalised(rewards)
        if method == "gigpo":
            steps = step_values(group, algorithm["discount"], algorithm["stepNorm"])
            rows += [
                [
                    value + algorithm["stepWeight"] * steps[p, t]
                    for t, length in enumerate(path["turns"])
                    for _ in range(length)
                ]
                for p, (path, value) in enumerate(zip(group, values))
            ]
        else:
            rows += [per_token(path, value) for path, value in zip(group, values)]
    return rows


def random_group(size, equal=False):
    group = []
    for _ in range(size):
        turns = torch.randint(1, 8, (int(torch.randint(1, 6, (1,))),)).tolist()
        keys = ["start"] + [f"page {int(torch.randint(0, 3, (1,)))}" for _ in turns[1:]]
        reference = as_float32(-torch.rand(sum(turns))).tolist()
        reward = 0.5 if equal else round(float(torch.rand(1)) * 2 - 1, 2)
        group.append({"reward": reward, "turns": turns, "keys": keys, "reference": reference})
    return group


def advantage_case(algorithm, sizes, **kind):
    groups = [random_group(size, **kind) for size in sizes]
    words = "".join(f", {name} {value}" for name, value in algorithm.items() if name != "name")
    what = "equal rewards" if kind else f"groups of {', '.join(map(str, sizes))}"
    return {
        "name": f"{algorithm['name']}{words}: {what}",
        "algorithm": algorithm,
        "tokenLimit": LIMIT,
        "groups": groups,
        "advantages": advantages_of(algorithm, groups),
    }


ALGORITHMS = [
    {"name": "grpo"},
    {"name": "dr-grpo"},
    {"name": "rloo"},
    {"name": "dapo", "overlong": 0.2},
    {"name": "dapo", "overlong": 0.6},
    {"name": "gspo"},
    {"name": "cispo"},
    {"name": "gppo"},
    {"name": "reinforce-plus-plus", "referenceKl": 1e-3},
    {"name": "reinforce-plus-plus", "referenceKl": 0.4},
    {"name": "reinforce-plus-plus", "referenceKl": 0},
    {"name": "reinforce-plus-plus-baseline", "referenceKl": 1e-3},
    {"name": "gigpo", "stepWeight": 1, "discount": 0.95, "stepNorm": "std"},
    {"name": "gigpo", "stepWeight": 0.5, "discount": 0.8, "stepNorm": "mean"},
]


def finite(value):
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


RESULT = {
    "losses": losses(),
    "advantages": [
        case
        for algorithm in ALGORITHMS
        for case in (
            advantage_case(algorithm, [8, 6, 4]),
            advantage_case(algorithm, [2, 2]),
            advantage_case(algorithm, [3], equal=True),
        )
    ],
}
assert finite(RESULT)
print(json.dumps(RESULT))
