"""Golden values of the value head, its loss and generalised advantages, by PyTorch and NumPy alone (B-PPO).

    python golden/value.py > golden/value.json

Needs torch, transformers and numpy. The model is that of qwen3.json (qwen3.py, first case): its parameters are read from there.
Advantages are summed from their definition, Σ_l (γλ)^l δ_{t+l}, not by the recursion that the code uses.
"""

import json
import pathlib

import numpy
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

HERE = pathlib.Path(__file__).parent
CLIP = 0.2


def value_loss(values, old, returns, weights):
    """0.5 · max(clipped, unclipped squared error), as in OpenAI's baselines."""
    clipped = old + torch.clamp(values - old, -CLIP, CLIP)
    return (weights * 0.5 * torch.maximum((values - returns) ** 2, (clipped - returns) ** 2)).sum()


def loss_case(name: str, spread: float, count: int) -> dict:
    as_float32 = lambda t: t.to(torch.float32).to(torch.float64)
    old = as_float32(torch.randn(count, dtype=torch.float64))
    values = as_float32(old + spread * torch.randn(count, dtype=torch.float64)).requires_grad_()
    returns = as_float32(old + torch.randn(count, dtype=torch.float64))
    weights = as_float32(torch.rand(count, dtype=torch.float64) / count)
    loss = value_loss(values, old, returns, weights)
    (gradient,) = torch.autograd.grad(loss, values)
    error, moved = (values - returns).detach(), (values - old).detach()
    clipped_error = (old + moved.clamp(-CLIP, CLIP) - returns) ** 2
    branches = {
        "inside": int((moved.abs() <= CLIP).sum()),
        "outside, unclipped is larger": int(((moved.abs() > CLIP) & (error**2 > clipped_error)).sum()),
        "outside, clipped is larger": int(((moved.abs() > CLIP) & (error**2 < clipped_error)).sum()),
    }
    return {
        "name": name,
        "branches": branches,
        "values": values.tolist(),
        "oldValues": old.tolist(),
        "returns": returns.tolist(),
        "weights": weights.tolist(),
        "loss": loss.item(),
        "gradient": gradient.tolist(),
    }


def gae_case(rewards, values, gamma: float, lam: float) -> dict:
    rewards, values = numpy.asarray(rewards, dtype=numpy.float64), numpy.asarray(values, dtype=numpy.float64)
    after = numpy.append(values[1:], 0.0)
    delta = rewards + gamma * after - values
    advantages = [
        float(sum((gamma * lam) ** step * delta[t + step] for step in range(len(delta) - t))) for t in range(len(delta))
    ]
    return {
        "gamma": gamma,
        "lambda": lam,
        "rewards": rewards.tolist(),
        "values": values.tolist(),
        "advantages": advantages,
        "returns": [a + v for a, v in zip(advantages, values.tolist())],
    }


def head_case(share_trunk: bool) -> dict:
    """Two sequences with every token but the first trained; the gradient of log-likelihood plus half the value loss."""
    golden = json.loads((HERE / "qwen3.json").read_text())
    wanted = golden["cases"][0]
    sizes = {name: value for name, value in golden["config"].items() if name != "rope_theta"}
    config = Qwen3Config(
        **sizes,
        tie_word_embeddings=wanted["tied"],
        rope_parameters={"rope_type": "default", "rope_theta": golden["config"]["rope_theta"]},
        attn_implementation="eager",
    )
    model = Qwen3ForCausalLM(config).to(torch.float32).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.tensor(wanted["parameters"][name]).reshape(parameter.shape))
    torch.manual_seed(11)
    head = torch.nn.Linear(sizes["hidden_size"], 1)
    torch.nn.init.normal_(head.weight, 0.0, 0.3)
    torch.nn.init.constant_(head.bias, 0.25)
    total, count = torch.zeros(()), sum(len(ids) - 1 for ids in wanted["sequences"])
    values, old_values, returns, pure = [], [], [], torch.zeros(())
    for ids in wanted["sequences"]:
        ids = torch.tensor(ids)
        hidden = model.model(ids[None]).last_hidden_state[0, :-1]
        found = head(hidden if share_trunk else hidden.detach())[:, 0]
        old = (found + 0.3 * torch.randn(found.shape)).detach()
        target = (old + torch.randn(found.shape)).detach()
        logprobs = torch.log_softmax(model.lm_head(hidden), -1).gather(1, ids[1:, None])[:, 0]
        loss = value_loss(found, old, target, torch.full(found.shape, 1 / count))
        pure = pure + loss
        total = total - logprobs.sum() / count + 0.5 * loss
        values.append(found.tolist())
        old_values.append(old.tolist())
        returns.append(target.tolist())
    total.backward()
    return {
        "shareTrunk": share_trunk,
        "sequences": wanted["sequences"],
        "head": {"value_head.weight": head.weight.flatten().tolist(), "value_head.bias": head.bias.tolist()},
        "values": values,
        "oldValues": old_values,
        "returns": returns,
        "valueLoss": pure.item(),
        "headGradient": {
            "value_head.weight": rounded(head.weight.grad),
            "value_head.bias": rounded(head.bias.grad),
        },
        "gradients": {name: rounded(p.grad) for name, p in model.named_parameters()},
    }


def rounded(tensor: torch.Tensor) -> list:
    # Nine significant digits determine a float32.
    return [float(f"{x:.9g}") for x in tensor.flatten().tolist()]


def main() -> None:
    torch.manual_seed(20261126)
    losses = [loss_case("near the old values", 0.1, 24), loss_case("far from them", 0.8, 48)]
    random = numpy.random.default_rng(7)
    gae = [
        gae_case([0, 0, 0, 1], [0.2, 0.5, 0.1, 0.9], 1, 1),
        gae_case([0, 0, 0, -1], [0.2, 0.5, 0.1, 0.9], 1, 0),
        gae_case([0.3], [-0.4], 0.9, 0.5),
        gae_case(random.normal(size=13), random.normal(size=13), 1, 0.95),
        gae_case(random.normal(size=31), random.normal(size=31), 0.97, 0.9),
        gae_case(random.normal(size=8), random.normal(size=8), 0, 1),
    ]
    result = {
        "losses": losses,
        "gae": gae,
        "heads": [head_case(False), head_case(True)],
    }
    print(json.dumps(result))


main()
