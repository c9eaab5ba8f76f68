"""Ways to make a model smaller that stay in PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGES = {"run": ["torch", "torchao"], "build": ["torch", "torchao"]}
WIDTH = 64  # neurons of the student and of the pruned network
CONFIGS = {
    # torchao's configurations, and whether we ask for int4 in groups of 32
    "ao-int8-weight": ("Int8WeightOnlyConfig", False),
    "ao-int8-dynamic": ("Int8DynamicActivationInt8WeightConfig", False),
    "ao-int4-weight": ("Int4WeightOnlyConfig", False),
    "ao-intx-weight": ("IntxWeightOnlyConfig", True),
    "ao-intx-dynamic": ("Int8DynamicActivationIntxWeightConfig", True),
    "ao-float8-weight": ("Float8WeightOnlyConfig", False),
    "ao-float8-dynamic": ("Float8DynamicActivationFloat8WeightConfig", False),
}


def imports(task: Any) -> None:
    import torch
    import torch._inductor.config

    torch.set_num_threads(task.threads)
    torch._inductor.config.compile_threads = 1
    if task.variant in CONFIGS:
        import torchao.quantization  # noqa: F401


def files(task: Any) -> list[str]:
    return ["weights.pt"]


def narrow() -> Any:
    """The MLP with `WIDTH` neurons a layer."""
    from torch import nn

    return nn.Sequential(nn.Linear(64, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 10))


def pruned(model: Any, keep: int) -> Any:
    """The `keep` neurons of each hidden layer with the largest weights."""
    import torch
    from torch import nn

    layers = [layer for layer in model if isinstance(layer, nn.Linear)]
    kept = torch.arange(layers[0].in_features)
    made: list[Any] = []
    for place, layer in enumerate(layers):
        last = place == len(layers) - 1
        rows = torch.arange(layer.out_features) if last else layer.weight.norm(dim=1).topk(keep).indices.sort().values
        new = nn.Linear(len(kept), len(rows))
        with torch.no_grad():
            new.weight.copy_(layer.weight[rows][:, kept])
            new.bias.copy_(layer.bias[rows])
        made += [new] if last else [new, nn.ReLU()]
        kept = rows
    return nn.Sequential(*made)


def distil(teacher: Any, student: Any, x: Any, steps: int, temperature: float = 4.0) -> None:
    """Train the student on the teacher's logits alone."""
    import torch
    import torch.nn.functional as F

    optimizer = torch.optim.Adam(student.parameters(), 3e-3, fused=True)
    with torch.no_grad():
        targets = F.log_softmax(teacher(x) / temperature, dim=1)
    for _ in range(steps):
        rows = torch.randint(len(x), (64,))
        soft = F.log_softmax(student(x[rows]) / temperature, dim=1)
        loss = temperature**2 * F.kl_div(soft, targets[rows], reduction="batchmean", log_target=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def build(task: Any) -> None:
    import models
    import torch

    imports(task)
    model = models.load(Path(task.folder), task.model)
    target = task.path("weights.pt")
    torch.manual_seed(0)
    if task.variant in CONFIGS:
        torch.save(configured(model, task.variant).state_dict(), target)
        run = load(task)
        for rows in (1, models.LARGEST):
            run(torch.rand(rows, 64).numpy())
        return
    images, labels, _, _ = models.digits(task.model)
    match task.variant:
        case "masked":
            from torch.nn.utils import prune

            layers = [(layer, "weight") for layer in model if isinstance(layer, torch.nn.Linear)]
            prune.global_unstructured(layers, prune.L1Unstructured, amount=0.5)
            for layer, name in layers:
                prune.remove(layer, name)
        case "pruned":
            model = pruned(model, WIDTH)
            models.train(model, images, labels, 200)
        case "student":
            model = narrow()
            models.train(model, images, labels, 200)
        case "distilled":
            teacher, model = model, narrow()
            distil(teacher, model, images, 200)
    torch.save(model.state_dict(), target)


def configured(model: Any, variant: str) -> Any:
    """The model under one of torchao's configurations."""
    import torch
    from torchao import quantization

    name, grouped = CONFIGS[variant]
    arguments = [torch.int4, quantization.PerGroup(32)] if grouped else []
    quantization.quantize_(model, getattr(quantization, name)(*arguments))
    return model


def load(task: Any) -> Any:
    import models
    import torch

    shrunk = task.variant in ("pruned", "student", "distilled")
    model = narrow().eval() if shrunk else models.build(task.model).eval()
    if task.variant in CONFIGS:
        import torchao  # noqa: F401  (its tensors may be unpickled)
    model.load_state_dict(torch.load(task.path("weights.pt"), weights_only=True), assign=True)
    run = torch.compile(model) if task.variant in CONFIGS else model

    def call(rows: Any) -> Any:
        with torch.no_grad(), torch._inductor.config.patch(freezing=task.variant in CONFIGS):
            return run(torch.from_numpy(rows)).numpy()

    return call
