import torch


def use_interop_threads(count: int) -> None:
    """Set the size of the inter-op pool, which can be done only once.

    Raises:
        RuntimeError: it is already set, to another size.
    """
    current = torch.get_num_interop_threads()
    if current == count:
        return
    try:
        torch.set_num_interop_threads(count)
    except RuntimeError as error:
        problem = f"{current} inter-op threads are set, {count} asked"
        raise RuntimeError(problem) from error


layer = torch.nn.Linear(512, 512)
layer(torch.rand(64, 512)).sum().backward()
use_interop_threads(3)
use_interop_threads(3)
print("after eager work:", torch.get_num_interop_threads())
try:
    use_interop_threads(4)
except RuntimeError as error:
    print("refused:", error)
