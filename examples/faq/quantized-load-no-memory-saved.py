"""8-bit or 4-bit loading saves no memory"""
try:
    # --8<-- [start:keyword]
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

    small = LlamaConfig(vocab_size=1000, hidden_size=256, num_hidden_layers=2,
                        intermediate_size=512, num_attention_heads=4)
    LlamaForCausalLM(small).save_pretrained("model")
    AutoModelForCausalLM.from_pretrained("model", load_in_8bit=True)
    # --8<-- [end:keyword]
except TypeError as error:
    print(error)


# --8<-- [start:count]
def sizes(config: LlamaConfig, block: int = 64) -> tuple[float, float, float]:
    """Return GB in 16 bits, GB in 4 bits, and what stays in 16 bits.

    4 bits: only the layers inside the blocks, with one scale of
    4 bytes for each 64 weights, as bitsandbytes stores them.
    """
    with torch.device("meta"):  # shapes without memory
        model = LlamaForCausalLM(config)
    head = model.get_output_embeddings()
    linear = sum(
        module.weight.numel()
        for module in model.modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    )
    other = sum(p.numel() for p in model.parameters()) - linear
    quantized = linear * (0.5 + 4 / block)
    return (
        (linear + other) * 2 / 1e9, (quantized + other * 2) / 1e9,
        other * 2 / 1e9,
    )


configs = {
    "8 billion": LlamaConfig(
        vocab_size=128_256, hidden_size=4096, intermediate_size=14_336,
        num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8,
    ),
    "1 billion": LlamaConfig(
        vocab_size=128_256, hidden_size=2048, intermediate_size=8192,
        num_hidden_layers=16, num_attention_heads=32, num_key_value_heads=8,
        tie_word_embeddings=True,
    ),
}
for name, config in configs.items():
    half, four, stays = sizes(config)
    print(f"{name}: {half:.2f} GB in 16 bits, {four:.2f} GB in 4 bits, "
          f"{four / half:.0%}; of it {stays:.2f} GB stay in 16 bits")
# --8<-- [end:count]

# --8<-- [start:footprint]
import io

from torchao.quantization import Int8WeightOnlyConfig, quantize_

model = LlamaForCausalLM(small).to(torch.bfloat16)


def measure(model: LlamaForCausalLM) -> tuple[int, int]:
    """Return kB by get_memory_footprint(), and kB of a saved file."""
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    return model.get_memory_footprint() // 1000, file.tell() // 1000


before = measure(model)
quantize_(model.model.layers, Int8WeightOnlyConfig())
after = measure(model)
print(f"get_memory_footprint(): {before[0]} kB, then {after[0]} kB")
print(f"saved:                  {before[1]} kB, then {after[1]} kB")
# --8<-- [end:footprint]

# --8<-- [start:move]
marked = LlamaForCausalLM(small)
marked.quantization_method = "bitsandbytes"
print("moved to:", marked.to("cpu").device)
# --8<-- [end:move]

try:
    # --8<-- [start:cast]
    marked.to(torch.float16)
    # --8<-- [end:cast]
except ValueError as error:
    print(error)
