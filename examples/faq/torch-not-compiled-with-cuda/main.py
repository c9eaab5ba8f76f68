# --8<-- [start:model]
import torch

model = torch.nn.Linear(4, 3).eval()
# --8<-- [end:model]

try:
    # --8<-- [start:call]
    model.to("cuda")
    # --8<-- [end:call]
except AssertionError as error:
    print(error)


# --8<-- [start:why]
def explain_cuda() -> str:
    """Say why this process can or cannot use an NVIDIA GPU."""
    if torch.cuda.is_available():
        return f"usable: {torch.cuda.device_count()} GPU"
    if torch.version.cuda is None:
        return "this torch was built without CUDA"
    return f"built for CUDA {torch.version.cuda}, and no GPU answers"


print(explain_cuda())
# --8<-- [end:why]


# --8<-- [start:fix]
def choose_device(*, require_gpu: bool = False) -> torch.device:
    """The GPU where there is one; else the CPU, or an error at start-up."""
    if require_gpu and not torch.cuda.is_available():
        raise RuntimeError(f"a GPU is required: {explain_cuda()}")
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


device = choose_device()
model.to(device)
with torch.inference_mode():
    outputs = model(torch.ones(2, 4, device=device))
print("outputs:", tuple(outputs.shape))
# --8<-- [end:fix]

try:
    # --8<-- [start:require]
    choose_device(require_gpu=True)
    # --8<-- [end:require]
except RuntimeError as error:
    print(error)
