# --8<-- [start:layers]
import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

torch.manual_seed(0)
conv = nn.Conv2d(3, 8, kernel_size=3, bias=False)
norm = nn.BatchNorm2d(8)
with torch.no_grad():
    norm.weight.uniform_(0.5, 2)
    norm.bias.normal_()
    for _ in range(20):  # training mode: collects mean and variance
        norm(conv(torch.randn(16, 3, 12, 12) * 2 + 1))
conv.eval()
norm.eval()
images = torch.randn(16, 3, 12, 12) * 2 + 1
parameters = norm.weight, norm.bias, norm.running_mean, norm.running_var
for name, values in zip(("scale", "shift", "mean", "variance"), parameters):
    print(f"{name:8} {values.min():5.2f} to {values.max():5.2f}")
# --8<-- [end:layers]
# --8<-- [start:fold]
def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """Return one convolution that computes norm(conv(x)).

    Both must be in eval mode, where a BatchNorm uses fixed statistics.
    """
    if conv.training or norm.training:
        raise ValueError("fold in eval mode: training statistics change")
    inverse = torch.rsqrt(norm.running_var + norm.eps)
    scale = norm.weight * inverse
    bias = torch.zeros(()) if conv.bias is None else conv.bias
    folded = copy.deepcopy(conv)
    folded.weight = nn.Parameter(conv.weight * scale.view(-1, 1, 1, 1))
    folded.bias = nn.Parameter(
        (bias - norm.running_mean) * inverse * norm.weight + norm.bias
    )
    return folded


folded, library = fold(conv, norm), fuse_conv_bn_eval(conv, norm)
print("equal to torch's weight:", folded.weight.equal(library.weight))
print("equal to torch's bias:  ", folded.bias.equal(library.bias))
# --8<-- [end:fold]
# --8<-- [start:proof]
with torch.inference_mode():
    error = (folded(images) - norm(conv(images))).abs().max()
    print(f"float32: below 1e-5: {error < 1e-5}")
    conv64 = copy.deepcopy(conv).double()
    norm64 = copy.deepcopy(norm).double()
    exact = norm64(conv64(images.double()))
    error = (fold(conv64, norm64)(images.double()) - exact).abs().max()
    print(f"float64: below 1e-13: {error < 1e-13}")
# --8<-- [end:proof]
try:
    # --8<-- [start:train]
    fold(conv, norm.train())
    # --8<-- [end:train]
except ValueError as error:
    print(error)
# --8<-- [start:chain]
def chain(x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Four element-wise operators on vectors of one length."""
    return torch.relu((x + bias) * 0.5) * x


class Chain(nn.Module):
    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return chain(x, bias)


n = 1000
x, bias = torch.randn(n), torch.randn(n)
graph = torch.export.export(Chain(), (x, bias)).graph


def size(nodes: list[torch.fx.Node]) -> int:
    """Bytes of the tensors that these nodes hold."""
    return sum(node.meta["val"].nbytes for node in nodes)


operators = [node for node in graph.nodes if node.op == "call_function"]
inputs = [node for node in graph.nodes if node.op == "placeholder"]
unfused = sum(size([*op.all_input_nodes, op]) for op in operators)
fused = size([*inputs, operators[-1]])
flops = len(operators) * n
for name, moved in (("unfused", unfused), ("fused", fused)):
    print(f"{name:8} {moved:6,} bytes  {flops / moved:.3f} FLOP/byte")
# --8<-- [end:chain]
# --8<-- [start:code]
from torch._inductor.utils import run_and_get_code

compiled = torch.compile(chain, options={"cpp.simdlen": 1})
with torch.inference_mode():
    answer, (source,) = run_and_get_code(compiled, x, bias)
print("loops:", source.count("for("))
for line in source.splitlines():
    if "tmp" in line:
        print(line.strip().replace("static_cast<int64_t>", ""))
print("same answer:", answer.equal(chain(x, bias)))
# --8<-- [end:code]
# --8<-- [start:fuses]
from collections.abc import Callable

from torch._inductor.utils import fresh_cache, get_code


def softmax(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x * 2 + y).softmax(-1)


def matmul(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.relu(x @ y) * 2


def two_matmuls(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.relu(x @ y) @ y


def kernels(function: Callable[..., torch.Tensor]) -> tuple[int, int]:
    """Return how many kernels and library calls Inductor makes."""
    square = torch.randn(16, 16)
    compiled = torch.compile(function, options={"cpp.simdlen": 1})
    with torch.inference_mode(), fresh_cache():
        source, *_ = get_code(compiled, square, square)
    body = source.split("def call(")[1].split("return (")[0]
    calls = [line.split("#")[0] for line in body.splitlines()]
    return (
        sum("cpp_fused" in call for call in calls),
        sum("extern_kernels." in c or "= torch.ops." in c for c in calls),
    )


for function in (chain, softmax, matmul, two_matmuls):
    own, library_calls = kernels(function)
    print(f"{function.__name__:12} {own} own, {library_calls} library")
# --8<-- [end:fuses]
# --8<-- [start:counter]
graphs: list[int] = []


def counting(
    module: torch.fx.GraphModule, example: list[torch.Tensor]
) -> Callable[..., object]:
    """A backend that notes the operators of a graph and runs it eagerly."""
    nodes = module.graph.nodes
    graphs.append(sum(node.op.startswith("call") for node in nodes))
    return module.forward


def counted(work: Callable[[], object]) -> list[int]:
    """Run `work` with an empty compiler; return its graphs' sizes."""
    torch.compiler.reset()
    graphs.clear()
    with torch.inference_mode():
        work()
    return list(graphs)
# --8<-- [end:counter]
# --8<-- [start:rnn]
class Tagger(nn.Module):
    """Scores each step of a sequence of shape (batch, steps, 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(4, 8, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(x * 2)
        return self.head(states).softmax(-1)


tagger, sequence = Tagger().eval(), torch.randn(1, 5, 4)
compiled = torch.compile(tagger, backend=counting)
print("graphs:", counted(lambda: compiled(sequence)))
# --8<-- [end:rnn]
try:
    # --8<-- [start:fullgraph]
    strict = torch.compile(tagger, backend=counting, fullgraph=True)
    counted(lambda: strict(sequence))
    # --8<-- [end:fullgraph]
except torch._dynamo.exc.Unsupported as error:
    print(error)
# --8<-- [start:recompiles]
layer = nn.Linear(16, 2).eval()
batches = [torch.randn(rows, 16) for rows in range(1, 13)]


def serve(**options: bool) -> int:
    """Serve 12 batch sizes; return how often the layer was compiled."""
    compiled = torch.compile(layer, backend=counting, **options)
    return len(counted(lambda: [compiled(batch) for batch in batches]))


print("limit:     ", torch._dynamo.config.recompile_limit)
print("static:    ", serve(dynamic=False))
print("default:   ", serve())
# --8<-- [end:recompiles]
try:
    # --8<-- [start:limit]
    serve(dynamic=False, fullgraph=True)
    # --8<-- [end:limit]
except torch._dynamo.exc.FailOnRecompileLimitHit as error:
    print(error)
# --8<-- [start:stance]
compiled = torch.compile(layer, backend=counting, dynamic=True)


def warm_up_then_serve() -> None:
    for rows in (1, 2):
        compiled(batches[rows - 1])
    with torch.compiler.set_stance("fail_on_recompile"):
        for batch in batches:
            compiled(batch)


print("graphs:", counted(warm_up_then_serve))
# --8<-- [end:stance]
# --8<-- [start:regional]
class Block(nn.Module):
    """A residual block; x has shape (batch, 16)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.up, self.down = nn.Linear(16, 32), nn.Linear(32, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.down(torch.relu(self.up(self.norm(x))))


class Marked(Block):
    @torch.compiler.nested_compile_region
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x)


def stack(block: type[Block]) -> nn.Sequential:
    return nn.Sequential(*(block() for _ in range(6))).eval()


def regional() -> None:
    model = stack(Block)
    for block in model:
        block.compile(backend=counting)
    model(torch.randn(4, 16))


whole = torch.compile(stack(Block), backend=counting)
print("whole:   ", counted(lambda: whole(torch.randn(4, 16))))
print("regional:", counted(regional))
# --8<-- [end:regional]
# --8<-- [start:nested]
def regions(
    module: torch.fx.GraphModule, example: list[torch.Tensor]
) -> Callable[..., object]:
    """A backend that notes the operators of every region, too."""
    for child in module.children():
        graphs.append(
            sum(node.op.startswith("call") for node in child.graph.nodes)
        )
    return counting(module, example)


nested = torch.compile(stack(Marked), backend=regions)
print("region and outer graph:",
      counted(lambda: nested(torch.randn(4, 16))))
# --8<-- [end:nested]
