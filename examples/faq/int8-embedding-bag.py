try:
    # --8<-- [start:error]
    import torch
    from torch import nn
    from torchao.quantization import Int8WeightOnlyConfig, quantize_

    torch.manual_seed(0)
    bag = nn.EmbeddingBag(100, 32, mode="sum")
    weight = bag.weight.detach().clone()
    model = nn.Sequential(bag)
    quantize_(
        model,
        Int8WeightOnlyConfig(),
        filter_fn=lambda module, name: isinstance(module, nn.EmbeddingBag),
    )
    model(torch.tensor([[3, 4, 5]]))
    # --8<-- [end:error]
except NotImplementedError as error:
    print(error)

# --8<-- [start:fix]
operators = torch.ops.quantized
rows = operators.embedding_bag_byte_prepack(weight)
print(rows.dtype, tuple(rows.shape))
ids, starts = torch.tensor([3, 4, 5]), torch.tensor([0])
got = operators.embedding_bag_byte_rowwise_offsets(rows, ids, starts)
print("close:", torch.allclose(got[0], weight[ids].sum(0), atol=0.05))
# --8<-- [end:fix]
