"""The architecture under test with random weights, from its config.json."""

import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING


def random_model(fields, attention="sdpa", dtype=torch.float32):
    torch.manual_seed(1)
    config = CONFIG_MAPPING[fields["model_type"]].from_dict(
        {**fields, "bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
    )
    return AutoModelForCausalLM.from_config(config, attn_implementation=attention).to(dtype)


def parameters(model):
    return sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())
