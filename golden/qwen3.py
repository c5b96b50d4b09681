"""Writes qwen3.json: tiny random Qwen3 models of `transformers`, their log-probabilities and gradients.

    python golden/qwen3.py

Needs torch and transformers. The TypeScript side reads the parameters from the file, so nothing depends on how either
side initialises.
"""

import json
import pathlib

import torch
import transformers
from transformers import Qwen3Config, Qwen3ForCausalLM

SIZES = dict(
    vocab_size=23,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    intermediate_size=24,
    max_position_embeddings=64,
    rms_norm_eps=1e-6,
)
ROPE_THETA = 1000.0
TEMPERATURE = 0.7


def case(tied: bool) -> dict:
    torch.manual_seed(3 if tied else 4)
    config = Qwen3Config(
        **SIZES,
        tie_word_embeddings=tied,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        attn_implementation="eager",
    )
    model = Qwen3ForCausalLM(config).to(torch.float32).eval()
    with torch.no_grad():
        # Far from the initial values, so that every gain and every head matters.
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.3)
            if parameter.dim() == 1:
                parameter.add_(1.0)
    sequences = [torch.randint(0, SIZES["vocab_size"], (length,)) for length in (9, 14)]
    loss = torch.zeros(())
    logprobs, entropies = [], []
    for sequence in sequences:
        logits = model(sequence[None]).logits[0, :-1] / TEMPERATURE
        log_p = torch.log_softmax(logits, dim=-1)
        chosen = log_p.gather(1, sequence[1:, None])[:, 0]
        entropy = -(log_p.exp() * log_p).sum(-1)
        logprobs.append(chosen.tolist())
        entropies.append(entropy.tolist())
        # Both outputs carry gradient.
        loss = loss - chosen.sum() - 0.1 * entropy.sum()
    loss.backward()
    named = dict(model.named_parameters())
    return {
        "tied": tied,
        "sequences": [sequence.tolist() for sequence in sequences],
        "temperature": TEMPERATURE,
        "loss": loss.item(),
        "logprobs": logprobs,
        "entropies": entropies,
        "parameters": {name: rounded(p.detach()) for name, p in named.items()},
        "gradients": {name: rounded(p.grad) for name, p in named.items()},
    }


def rounded(tensor: torch.Tensor) -> list:
    # Nine significant digits determine a float32.
    return [float(f"{x:.9g}") for x in tensor.flatten().tolist()]


def main() -> None:
    result = {
        "made with": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "config": {**SIZES, "rope_theta": ROPE_THETA},
        "cases": [case(True), case(False)],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(result) + "\n")


main()
