# --8<-- [start:loss]
import torch
import torch.nn.functional as F


def soften(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return probabilities (rows, classes), flatter the hotter."""
    powers = torch.exp(logits / temperature)
    return powers / powers.sum(dim=1, keepdim=True)


def kl_divergence(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """Return KL(p || q) in nats, the mean over rows."""
    return (p * (p.log() - q.log())).sum(dim=1).mean()


def soft_loss(
    student: torch.Tensor, teacher: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Return T^2 KL(teacher || student) of logits (rows, classes)."""
    p = soften(teacher, temperature)
    q = soften(student, temperature)
    return temperature**2 * kl_divergence(p, q)


answer = torch.tensor([[9.0, 5.0, 1.0, 0.0]])
for temperature in (1.0, 4.0, 20.0):
    row = soften(answer, temperature)[0].tolist()
    print(f"T={temperature:<4.0f}", *(f"{value:.3f}" for value in row))
# --8<-- [end:loss]


# --8<-- [start:identity]
torch.manual_seed(0)
student = (3 * torch.randn(6, 10, dtype=torch.float64)).requires_grad_()
teacher = 3 * torch.randn(6, 10, dtype=torch.float64)
p, q = soften(teacher, 2.0), soften(student, 2.0)

cross_entropy = -(p * q.log()).sum(dim=1).mean()
entropy = -(p * p.log()).sum(dim=1).mean()
divergence = kl_divergence(p, q)
print(f"H(p,q) {cross_entropy:.3f} = H(p) {entropy:.3f}",
      f"+ KL {divergence:.3f}:",
      torch.isclose(cross_entropy, entropy + divergence).item())
(of_ce,) = torch.autograd.grad(cross_entropy, student, retain_graph=True)
(of_kl,) = torch.autograd.grad(divergence, student)
print("same gradient:", torch.allclose(of_ce, of_kl))
# --8<-- [end:identity]


# --8<-- [start:gradient]
centred_z = student - student.mean(dim=1, keepdim=True)
centred_v = teacher - teacher.mean(dim=1, keepdim=True)
rows, classes = teacher.shape
matching = (centred_z - centred_v) / classes

for temperature in (1.0, 4.0, 16.0, 64.0, 256.0):
    p, q = soften(teacher, temperature), soften(student, temperature)
    loss = kl_divergence(p, q)
    (measured,) = torch.autograd.grad(loss, student)
    derived = (q - p) / temperature / rows
    scaled = temperature**2 * measured * rows
    gap = (scaled - matching).norm() / matching.norm()
    print(f"T={temperature:<4.0f}",
          f"derived: {torch.allclose(measured, derived)},",
          f"|grad| {measured.norm():.6f},",
          f"T^2 |grad| {scaled.norm() / rows:.3f},",
          f"from matching logits {gap:.3f}")
# --8<-- [end:gradient]


# --8<-- [start:library]
z, v, temperature = student.detach(), teacher, 4.0
log_q = F.log_softmax(z / temperature, dim=1)
log_p = F.log_softmax(v / temperature, dim=1)
library = temperature**2 * F.kl_div(
    log_q, log_p, reduction="batchmean", log_target=True
)
torch.testing.assert_close(library, soft_loss(z, v, temperature))
print(f"ours and the library's: {library:.4f}")
# --8<-- [end:library]


# --8<-- [start:traps]
def kl(first: torch.Tensor, second: torch.Tensor, **options) -> str:
    """Return T^2 times what kl_div says, as text."""
    loss = temperature**2 * F.kl_div(first, second, **options)
    return f"{loss:.4f}"


mean = {"reduction": "batchmean"}
print("probabilities       ", kl(log_q, log_p.exp(), **mean))
print("reduction='mean'    ", kl(log_q, log_p.exp(), reduction="mean"))
print("log_target forgotten", kl(log_q, log_p, **mean))
print("no log on the input ", kl(log_q.exp(), log_p.exp(), **mean))
print("arguments exchanged ", kl(log_p, log_q.exp(), **mean))
print("log_target, given p ", kl(log_q, log_p.exp(), log_target=True,
                                 **mean))

sure, open_ = torch.tensor([[200.0, 0.0]]), torch.zeros(1, 2)
log_open = open_.log_softmax(dim=1)
print("p.log() of a zero   ", F.kl_div(
    log_open, sure.softmax(dim=1).log(), log_target=True, **mean).item())
print("log_softmax         ", round(F.kl_div(
    log_open, sure.log_softmax(dim=1), log_target=True, **mean).item(), 4))
# --8<-- [end:traps]


# --8<-- [start:data]
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
) -> None:
    """Print the mean difference of pairs and its standard error."""
    pairs = with_teacher - plain
    error = pairs.std() / SEEDS**0.5
    print(f"{name:27} {with_teacher.mean():5.1f} %",
          f"{pairs.mean():+5.1f} +- {error:.1f}")
# --8<-- [end:students]


# --8<-- [start:all]
logits = full_teacher(x)
plain = train_students(len(x), 400, y)
print(f"1347 labels only            {plain.mean():5.1f} %")
gain("  with the teacher, T=4",
     train_students(len(x), 400, y, logits), plain)
# --8<-- [end:all]


# --8<-- [start:few]
plain = train_students(100, 200, y)
print(f"100 labels only             {plain.mean():5.1f} %")
for temperature in (1.0, 4.0):
    gain(f"  teacher of 1347, T={temperature:.0f}",
         train_students(100, 200, y, logits, temperature), plain)

poor_teacher = train_teacher(100)
gain("  teacher of the same 100",
     train_students(100, 200, y, poor_teacher(x)), plain)
# --8<-- [end:few]


# --8<-- [start:unlabelled]
decisions = logits.argmax(dim=1)
gain("  its decisions on 1347",
     train_students(len(x), 200, decisions), plain)
gain("  its logits on 1347, T=4",
     train_students(len(x), 200, decisions, logits, share=1.0), plain)
# --8<-- [end:unlabelled]
