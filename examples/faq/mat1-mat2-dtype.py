try:
    # --8<-- [start:fails]
    import numpy as np
    import torch
    from torch import nn

    request = np.array([[0.1, 0.2, 0.3, 0.4]])
    model = nn.Linear(4, 3)
    model(torch.from_numpy(request))
    # --8<-- [end:fails]
except Exception as error:
    print(error)

try:
    # --8<-- [start:convolution]
    nn.Conv2d(1, 2, 3)(torch.from_numpy(np.zeros((1, 1, 8, 8))))
    # --8<-- [end:convolution]
except Exception as error:
    print(error)

try:
    # --8<-- [start:embedding]
    nn.Embedding(10, 4)(torch.tensor([1.0, 2.0]))
    # --8<-- [end:embedding]
except Exception as error:
    print(error)

# --8<-- [start:fix]
nn.init.zeros_(model.weight)
nn.init.constant_(model.bias, 0.5)
features = torch.as_tensor(request, dtype=torch.float32)
print(model(features)[0].tolist())
# --8<-- [end:fix]
