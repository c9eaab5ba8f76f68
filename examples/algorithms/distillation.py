# --8<-- [start:loss]
import torch
import torch.nn.functional as F


def soften(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return probabilities (rows, classes), flatter the hotter."""
    largest = logits.amax(dim=1, keepdim=True)  # exp must not overflow
    powers = torch.exp((logits - largest) / temperature)
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
      f"+ KL {divergence:.3f}")
(of_ce,) = torch.autograd.grad(cross_entropy, student, retain_graph=True)
(of_kl,) = torch.autograd.grad(divergence, student)
print("gradients of the first row, the first three classes:")
print("H(p,q)", *(f"{value:.4f}" for value in of_ce[0, :3].tolist()))
print("KL    ", *(f"{value:.4f}" for value in of_kl[0, :3].tolist()))
# --8<-- [end:identity]


# --8<-- [start:gradient]
centered_z = student - student.mean(dim=1, keepdim=True)
centered_v = teacher - teacher.mean(dim=1, keepdim=True)
rows, classes = teacher.shape
matching = (centered_z - centered_v) / classes

norms: dict[float, float] = {}
gaps: dict[float, float] = {}
errors: list[float] = []
for temperature in (1.0, 4.0, 16.0, 64.0, 256.0):
    p, q = soften(teacher, temperature), soften(student, temperature)
    loss = kl_divergence(p, q)
    (measured,) = torch.autograd.grad(loss, student)
    derived = (q - p) / temperature / rows
    scaled = temperature**2 * measured * rows
    errors.append((measured - derived).abs().max().item())
    norms[temperature] = measured.norm().item()
    gap = (scaled - matching).norm() / matching.norm()
    gaps[temperature] = gap.item()
    print(f"T={temperature:<4.0f}",
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
