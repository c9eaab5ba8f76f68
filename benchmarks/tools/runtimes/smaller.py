"""Ways to make a model smaller that stay in PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGES = {"run": ["torch", "torchao"], "build": ["torch", "torchao"]}
WIDTH = 64  # neurons of the student and of the pruned network
STEPS = 600  # of training: the large network, the student, and after pruning
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


def narrow(name: str) -> Any:
    """The architecture with `WIDTH` neurons a layer."""
    import models
    from torch import nn

    if name == "encoder":
        return models.Encoder(width=WIDTH)
    return nn.Sequential(
        nn.Linear(64, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 10)
    )


def strongest(layer: Any, keep: int) -> Any:
    """The rows of a Linear layer with the largest weights, in order."""
    return layer.weight.norm(dim=1).topk(keep).indices.sort().values


def sliced(layer: Any, rows: Any, columns: Any) -> Any:
    """A Linear layer of some rows and columns of another."""
    import torch
    from torch import nn

    new = nn.Linear(len(columns), len(rows))
    with torch.no_grad():
        new.weight.copy_(layer.weight[rows][:, columns])
        new.bias.copy_(layer.bias[rows])
    return new


def pruned(model: Any, name: str) -> Any:
    """The `WIDTH` strongest neurons of each hidden layer;
    of an encoder, of each block's feed-forward part.
    """
    import torch
    from torch import nn

    if name == "encoder":
        for block in model.encoder.layers:
            rows = strongest(block.linear1, WIDTH)
            block.linear1 = sliced(block.linear1, rows, torch.arange(block.linear1.in_features))
            block.linear2 = sliced(block.linear2, torch.arange(block.linear2.out_features), rows)
        return model
    layers = [layer for layer in model if isinstance(layer, nn.Linear)]
    columns = torch.arange(layers[0].in_features)
    made: list[Any] = []
    for layer in layers[:-1]:
        rows = strongest(layer, WIDTH)
        made += [sliced(layer, rows, columns), nn.ReLU()]
        columns = rows
    return nn.Sequential(*made, sliced(layers[-1], torch.arange(layers[-1].out_features), columns))


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
        loss = temperature**2 * F.kl_div(
            soft, targets[rows], reduction="batchmean", log_target=True
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def build(task: Any) -> None:
    import models
    import torch

    imports(task)
    model = models.load(Path(task.folder), task.model)
    torch.save(made(task.variant, model, task.model).state_dict(), task.path("weights.pt"))
    if task.variant in CONFIGS:  # fill the compiler's cache
        from runtimes import pytorch

        run, rows = load(task), pytorch.inputs(task).numpy()
        for size in (1, models.LARGEST):
            run(rows[:size])


def made(variant: str, model: Any, name: str) -> Any:
    """The model after the treatment."""
    import models
    import torch

    torch.manual_seed(0)
    if variant in CONFIGS:
        return configured(model, variant)
    images, labels, _, _ = models.digits(name)
    match variant:
        case "masked":
            from torch.nn.utils import prune

            layers = [
                (layer, "weight") for layer in model.modules() if isinstance(layer, torch.nn.Linear)
            ]
            prune.global_unstructured(layers, prune.L1Unstructured, amount=0.5)
            for layer, kind in layers:
                prune.remove(layer, kind)
        case "pruned" | "cut":
            model = pruned(model, name)
            if variant == "pruned":
                models.train(model, images, labels, STEPS)
        case "student":
            model = narrow(name)
            models.train(model, images, labels, STEPS)
        case "distilled":
            teacher, model = model, narrow(name)
            distil(teacher, model, images, STEPS)
    return model.eval()


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

    model = (
        narrow(task.model) if task.variant in ("student", "distilled") else models.build(task.model)
    )
    model = pruned(model, task.model) if task.variant in ("pruned", "cut") else model
    if task.variant in CONFIGS:
        import torchao  # noqa: F401  (its tensors may be unpickled)
        from runtimes import pytorch
    model.load_state_dict(torch.load(task.path("weights.pt"), weights_only=True), assign=True)
    if task.variant in CONFIGS:
        return pytorch.by_shape(model.eval())
    model.eval()

    def call(rows: Any) -> Any:
        with torch.inference_mode():
            return model(torch.from_numpy(rows)).numpy()

    return call
