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
weight_error = (folded.weight - library.weight).abs().max().item()
bias_error = (folded.bias - library.bias).abs().max().item()
print("difference from torch's weight:", weight_error)
print("difference from torch's bias:  ", bias_error)
# --8<-- [end:fold]
# --8<-- [start:proof]
with torch.inference_mode():
    difference = folded(images) - norm(conv(images))
    error32 = difference.abs().max().item()
    print("float32:", "below" if error32 < 1e-5 else "above", "1e-5")
    conv64 = copy.deepcopy(conv).double()
    norm64 = copy.deepcopy(norm).double()
    exact = norm64(conv64(images.double()))
    difference = fold(conv64, norm64)(images.double()) - exact
    error64 = difference.abs().max().item()
    print("float64:", "below" if error64 < 1e-13 else "above", "1e-13")
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
from torch._inductor.utils import fresh_cache, get_code

with torch.inference_mode():
    answer = torch.compile(chain)(x, bias)
one_by_one = torch.compile(chain, options={"cpp.simdlen": 1})
with torch.inference_mode(), fresh_cache():
    source, *_ = get_code(one_by_one, x, bias)
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


counts = {}
for function in (chain, softmax, matmul, two_matmuls):
    counts[function.__name__] = own, library_calls = kernels(function)
    print(f"{function.__name__:12} {own} own, {library_calls} library")
# --8<-- [end:fuses]
# --8<-- [start:modes]
import re
from typing import Any

from torch._inductor import config

FREEZING = {"freezing": True}
AUTOTUNE = {"max_autotune": True}
ONLY_CPP = {"max_autotune_gemm_backends": "CPP"}
CALL = re.compile(
    r"^ +(?:buf\d+ = )?((?:cpp_|extern_|torch\.ops)[\w.]+)\(", re.MULTILINE
)


def compiled(
    module: nn.Module, x: torch.Tensor, settings: dict[str, Any], **kwargs: Any
) -> str:
    """Return what Inductor generates with these settings."""
    torch.compiler.reset()
    with torch.inference_mode(), fresh_cache(), config.patch(settings):
        source, *_ = get_code(torch.compile(module, **kwargs), x)
    return source


block = nn.Sequential(conv, norm.eval(), nn.ReLU()).eval()
linear = nn.Sequential(nn.Linear(64, 64), nn.ReLU()).eval()
pictures = images.to(memory_format=torch.channels_last)
rows = torch.randn(32, 64)
sources = {
    "block": compiled(block, pictures, {}),
    "block, option": compiled(block, pictures, {}, options=FREEZING),
    "block, freezing": compiled(block, pictures, FREEZING),
    "linear": compiled(linear, rows, {}),
    "linear, autotuned": compiled(linear, rows, AUTOTUNE),
    "linear, both": compiled(linear, rows, FREEZING | AUTOTUNE | ONLY_CPP),
}
calls, roots = {}, {}
for name, source in sources.items():
    calls[name] = CALL.findall(source.split("def call(")[1])
    roots[name] = source.count("sqrt")
    print(f"{name}: {roots[name]} sqrt", *calls[name], sep="\n  ")
# --8<-- [end:modes]
