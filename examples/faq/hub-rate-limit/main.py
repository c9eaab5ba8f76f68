try:
    # --8<-- [start:token]
    import os

    import github  # the stand-in above
    import torch

    torch.hub.set_dir("hub")
    os.environ["GITHUB_TOKEN"] = "a token whose limit is used up"
    torch.hub.load("pytorch/models:v1", "classifier")
    # --8<-- [end:token]
except OSError as error:
    print(error)

try:
    # --8<-- [start:fails]
    del os.environ["GITHUB_TOKEN"]
    torch.hub.load("pytorch/models:v1", "classifier")
    # --8<-- [end:fails]
except KeyError as error:
    print(error)

# --8<-- [start:cause]
try:
    torch.hub.load("pytorch/models:v1", "classifier")
except KeyError as error:
    print(repr(error.__context__))
print(github.requests[-1])
# --8<-- [end:cause]

# --8<-- [start:local]
github.requests.clear()
torch.hub.load("pytorch/models:v1", "classifier", skip_validation=True)
print("the build asks:", github.requests)

github.requests.clear()
model = torch.hub.load("hub/pytorch_models_v1", "classifier", source="local")
print("the service asks:", github.requests)
# --8<-- [end:local]

# --8<-- [start:cached]
import contextlib

for name in ("pytorch/models:v1", "pytorch/models"):
    github.requests.clear()
    with contextlib.suppress(KeyError):  # refused, as above
        torch.hub.load(name, "classifier", verbose=False)
    asked = github.requests[0] if github.requests else "nobody"
    print(f"{name} asks {asked}")
# --8<-- [end:cached]
