# --8<-- [start:data]
import torch
from sklearn.datasets import load_digits

digits = load_digits()
pixels = torch.from_numpy(digits.data).float()
labels = torch.from_numpy(digits.target)

train_pixels, held_out_pixels = pixels[:1500], pixels[1500:]
train_labels, held_out_labels = labels[:1500], labels[1500:]

print(f"{len(train_pixels)} to learn from, {len(held_out_pixels)} held out")
print(f"{pixels.shape[1]} pixels each, from {pixels.min()} to {pixels.max()}")
# --8<-- [end:data]

# --8<-- [start:model]
from torch import Tensor, nn


class DigitNet(nn.Module):
    """A small CNN that reads one handwritten digit per row."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(32 * 4 * 4, 10),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Turn pixels [batch, 64], 0 to 16, into logits [batch, 10]."""
        images = pixels.unflatten(1, (1, 8, 8)) / 16
        return self.layers(images)
# --8<-- [end:model]


# --8<-- [start:train]
torch.manual_seed(0)
torch.set_num_threads(1)
model = DigitNet()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

for epoch in range(10):
    for rows in torch.randperm(len(train_pixels)).split(50):
        logits = model(train_pixels[rows])
        loss = nn.functional.cross_entropy(logits, train_labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

model.eval()
with torch.inference_mode():
    held_out_logits = model(held_out_pixels)

predicted = held_out_logits.argmax(dim=1)
correct = predicted == held_out_labels
print(f"held-out accuracy: {correct.float().mean():.2f}")
# --8<-- [end:train]

# --8<-- [start:picture]
from pathlib import Path

from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

right, wrong = correct.nonzero().flatten(), (~correct).nonzero().flatten()
samples = [*right[:5], *wrong[:5]]
ink = LinearSegmentedColormap.from_list("ink", ["#3f7fbf00", "#3f7fbf"])
svg = {"svg.fonttype": "none", "svg.hashsalt": "digits"}

with rc_context(svg | {"text.color": "#808080", "font.family": "sans-serif"}):
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    blank = {"xticks": [], "yticks": [], "frame_on": False}
    axes = figure.subplots(2, 5, subplot_kw=blank)
    for axis, row in zip(axes.flat, samples):
        image = held_out_pixels[row].reshape(8, 8).numpy()
        axis.imshow(image, cmap=ink, interpolation="none")
        axis.set_title(f"read {predicted[row]}, is {held_out_labels[row]}")
    figure.savefig("digits.svg", transparent=True, metadata={"Date": None})

drawing = Path("digits.svg").read_text()
print(f"{drawing.count('<image')} digits drawn")
print("; ".join(axis.get_title() for axis in axes[0]))
# --8<-- [end:picture]

# --8<-- [start:export]
from torch.export import Dim

program = torch.export.export(
    model,
    (held_out_pixels[:16],),
    dynamic_shapes={"pixels": {0: Dim("batch", min=1, max=64)}},
)
torch.export.save(program, "digits.pt2")
print(program.range_constraints)
# --8<-- [end:export]

# --8<-- [start:parity]
restored = torch.export.load("digits.pt2").module()

with torch.inference_mode():
    for size in (1, 7, 64):
        same = torch.allclose(
            restored(held_out_pixels[:size]),
            held_out_logits[:size],
            atol=1e-4,
        )
        print(f"batch of {size}: {'same answers' if same else 'DIFFERENT'}")
# --8<-- [end:parity]

# --8<-- [start:body]
import json

images, answers = held_out_pixels.tolist(), held_out_labels.tolist()
Path("question.json").write_text(json.dumps({"images": images[1:3]}))
print(f"the answers should be {answers[1:3]}")

held_out = {"images": images, "labels": answers}
Path("held_out.json").write_text(json.dumps(held_out))
# --8<-- [end:body]
