"""vLLM: the model's max seq len is larger than the KV cache"""
# --8<-- [start:formula]
import torch
from transformers import LlamaConfig, LlamaForCausalLM


def cache_bytes_per_token(
    layers: int, kv_heads: int, head_size: int, item: int = 2
) -> int:
    """Keys and values of one token: 2 bytes an item in bfloat16."""
    return 2 * layers * kv_heads * head_size * item


torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=100,
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=16,
)
model = LlamaForCausalLM(config).eval()
with torch.inference_mode():
    cache = model(torch.ones(1, 10, dtype=torch.long)).past_key_values
measured = sum(x.keys.nbytes + x.values.nbytes for x in cache.layers)
print("measured:", measured)
print("formula: ", 10 * cache_bytes_per_token(3, 2, 16, item=4))
# --8<-- [end:formula]

# --8<-- [start:real]
GIB = 2**30
coder = cache_bytes_per_token(layers=48, kv_heads=4, head_size=128)
print(f"one token:      {coder // 1024} KiB")
print(f"262,144 tokens: {262_144 * coder / GIB:.1f} GiB")
print(f"3.18 GiB hold:  {int(3.18 * GIB / coder):,} tokens")
# --8<-- [end:real]


# --8<-- [start:plan]
def fitting_tokens(
    gpu: float,
    weights: float,
    token_bytes: int,
    utilization: float = 0.9,
    other: float = 1.5,
) -> int:
    """Tokens that fit, all sequences together; sizes in GiB.

    `other` is for activations, CUDA graphs and the context, which vLLM
    measures at its start.
    """
    cache = gpu * utilization - weights - other
    return max(0, int(cache * GIB / token_bytes))


weights = 8.2e9 * 2 / GIB  # 8.2 billion parameters in bfloat16
token = cache_bytes_per_token(layers=36, kv_heads=8, head_size=128)
for name, gpu, size, item in [
    ("16 GiB, bfloat16", 16, weights, token),
    ("24 GiB, bfloat16", 24, weights, token),
    ("24 GiB, fp8 cache", 24, weights, token // 2),
    ("24 GiB, 4-bit weights", 24, weights * 0.3, token),
    ("80 GiB, bfloat16", 80, weights, token),
]:
    fitting = fitting_tokens(gpu, size, item)
    print(f"{name:22} {fitting:>9,} tokens")
# --8<-- [end:plan]

# --8<-- [start:free]
from math import floor


def start(free: float, total: float, utilization: float) -> str:
    """vLLM's first check, before it loads anything; sizes in GiB."""
    if free >= total * utilization:
        return "starts"
    return (
        f"needs {total * utilization:.1f} of {free} GiB,"
        f" would start with {floor(free / total * 100) / 100}"
    )


print(start(0.49, 79.32, 0.6))
print(start(31.44, 47.38, 0.95))
print(start(19.77, 22.05, 0.9))
# --8<-- [end:free]
