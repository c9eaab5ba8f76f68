try:
    # --8<-- [start:whole]
    import torch
    from torch import nn

    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    torch.save(model, "model.pt")
    torch.load("model.pt")
    # --8<-- [end:whole]
except Exception as error:
    print(error)

# --8<-- [start:program]
model.eval()
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(
    model, (torch.zeros(2, 4),), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "program.pt2")
# --8<-- [end:program]

# --8<-- [start:checkpoint]
optimizer = torch.optim.AdamW(model.parameters())
torch.save(
    {
        "weights": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": 12,
    },
    "checkpoint.pt",
)
# --8<-- [end:checkpoint]

# --8<-- [start:publish]
from safetensors.torch import load_file, save_file

save_file(model.state_dict(), "weights.safetensors")
# --8<-- [end:publish]

# --8<-- [start:check]
def build() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


answers = {"program.pt2": torch.export.load("program.pt2").module()}
for name, weights in {
    "checkpoint.pt": torch.load("checkpoint.pt")["weights"],
    "weights.safetensors": load_file("weights.safetensors"),
}.items():
    answers[name] = build()
    answers[name].load_state_dict(weights)

x = torch.randn(5, 4)
for name, loaded in answers.items():
    print(name, torch.allclose(loaded(x), model(x)))
# --8<-- [end:check]
