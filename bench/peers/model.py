"""The architecture under test with random weights, from the same config fields as ours."""

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM


def qwen3(fields, attention="sdpa"):
    torch.manual_seed(1)
    config = Qwen3Config(
        **fields,
        attention_bias=False,
        attention_dropout=0.0,
        hidden_act="silu",
        use_sliding_window=False,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
        attn_implementation=attention,
    )
    return Qwen3ForCausalLM(config).to(torch.float32)


def parameters(model):
    return sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())
