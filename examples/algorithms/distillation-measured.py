# --8<-- [start:data]
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.set_num_threads(1)  # the matrices are small
digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
labels = torch.tensor(digits.target)
x, test_x, y, test_y = train_test_split(
    images, labels, test_size=450, stratify=labels, random_state=0
)


def parameters(model: nn.Module) -> int:
    """Return how many numbers the model has learned."""
    return sum(p.numel() for p in model.parameters())


def big() -> nn.Sequential:
    """A teacher: 64 pixels, two hidden layers of 256, 10 logits."""
    return nn.Sequential(nn.Linear(64, 256), nn.ReLU(),
                         nn.Linear(256, 256), nn.ReLU(),
                         nn.Linear(256, 10))


def small() -> nn.Sequential:
    """A student: one hidden layer of 16."""
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


def train_teacher(count: int) -> nn.Sequential:
    """Return a teacher that has seen the first count images."""
    torch.manual_seed(0)
    model = big()
    optimizer = torch.optim.Adam(model.parameters(), 3e-3, fused=True)
    for _ in range(150):
        rows = torch.randint(count, (128,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    return model.requires_grad_(False)


full_teacher = train_teacher(len(x))
right = (full_teacher(test_x).argmax(1) == test_y).float().mean()
print(f"teacher: {parameters(big()):,} parameters, {right:.0%} right")
print(f"student: {parameters(small()):,} parameters")
# --8<-- [end:data]


# --8<-- [start:students]
from torch.func import functional_call, stack_module_state, vmap

SEEDS = 8


def answers(
    weights: dict[str, torch.Tensor], batches: torch.Tensor
) -> torch.Tensor:
    """Return logits; student i answers batches[i]."""
    skeleton = small().to("meta")

    def one(own: dict[str, torch.Tensor], batch: torch.Tensor):
        return functional_call(skeleton, own, (batch,))

    return vmap(one)(weights, batches)


def train_students(
    count: int,
    steps: int,
    targets: torch.Tensor,
    teacher: torch.Tensor | None = None,
    temperature: float = 4.0,
    share: float = 0.9,
) -> torch.Tensor:
    """Train on the first count images; return test accuracies in %.

    teacher holds logits; share is the weight of the soft loss.
    """
    students = []
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        students.append(small())
    weights, _ = stack_module_state(students)
    optimizer = torch.optim.Adam(weights.values(), 1e-2, fused=True)
    for _ in range(steps):
        rows = torch.randint(count, (SEEDS, 64))
        logits = answers(weights, x[rows]).flatten(0, 1)
        rows = rows.flatten()
        loss = F.cross_entropy(logits, targets[rows])
        if teacher is not None:
            soft = temperature**2 * F.kl_div(
                F.log_softmax(logits / temperature, dim=1),
                F.log_softmax(teacher[rows] / temperature, dim=1),
                reduction="batchmean", log_target=True)
            loss = (1 - share) * loss + share * soft
        optimizer.zero_grad()
        (SEEDS * loss).backward()  # the sum: students stay independent
        optimizer.step()
    with torch.inference_mode():
        everything = test_x.expand(SEEDS, -1, -1)
        chosen = answers(weights, everything).argmax(dim=2)
    return 100 * (chosen == test_y).float().mean(dim=1)


def gain(
    name: str, with_teacher: torch.Tensor, plain: torch.Tensor
) -> tuple[float, float]:
    """Print and return the mean difference of pairs, and its error."""
    pairs = with_teacher - plain
    mean, error = pairs.mean().item(), pairs.std().item() / SEEDS**0.5
    print(f"{name:27} {with_teacher.mean():5.1f} %",
          f"{mean:+5.1f} +- {error:.1f}")
    return mean, error
# --8<-- [end:students]


# --8<-- [start:all]
logits = full_teacher(x)
plain = train_students(len(x), 400, y)
print(f"1347 labels only            {plain.mean():5.1f} %")
all_labels = gain("  with the teacher, T=4",
                  train_students(len(x), 400, y, logits), plain)
# --8<-- [end:all]


# --8<-- [start:few]
plain = train_students(100, 200, y)
print(f"100 labels only             {plain.mean():5.1f} %")
few = {temperature: train_students(100, 200, y, logits, temperature)
       for temperature in (1.0, 4.0)}
for temperature, students in few.items():
    gain(f"  teacher of 1347, T={temperature:.0f}", students, plain)

poor_teacher = train_teacher(100)
same_data = gain("  teacher of the same 100",
                 train_students(100, 200, y, poor_teacher(x)), plain)
softer = gain("  T=4 over T=1", few[4.0], few[1.0])
# --8<-- [end:few]


# --8<-- [start:unlabeled]
decisions = logits.argmax(dim=1)
hard = train_students(len(x), 200, decisions)
soft = train_students(len(x), 200, decisions, logits, share=1.0)
gain("  its decisions on 1347", hard, plain)
gain("  its logits on 1347, T=4", soft, plain)
more_inputs = gain("  decisions over T=4 on 100", hard, few[4.0])
bare = gain("  decisions over logits", hard, soft)
# --8<-- [end:unlabeled]
