# --8<-- [start:reproduce]
import warnings

import torch
import torch.nn.functional as F

torch.manual_seed(0)
student = torch.randn(32, 10)  # logits
teacher = torch.randn(32, 10)
log_q = student.log_softmax(dim=1)
p = teacher.softmax(dim=1)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    loss = F.kl_div(log_q, p)
print(caught[0].message)
print(f"default {loss:.4f}")
# --8<-- [end:reproduce]

# --8<-- [start:definition]
definition = (p * (p.log() - log_q)).sum(dim=1).mean()
print(f"KL(p || q) {definition:.4f}")
print(f"ratio {definition / loss:.1f}")
# --8<-- [end:definition]

# --8<-- [start:fix]
log_p = teacher.log_softmax(dim=1)
loss = F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)
print(f"batchmean {loss:.4f}")
torch.testing.assert_close(loss, definition)
# --8<-- [end:fix]

# --8<-- [start:tokens]
tokens = torch.randn(4, 50, 10).log_softmax(dim=2)
wanted = torch.randn(4, 50, 10).log_softmax(dim=2)
options = {"reduction": "batchmean", "log_target": True}

as_is = F.kl_div(tokens, wanted, **options)
flat = F.kl_div(tokens.flatten(0, 1), wanted.flatten(0, 1), **options)
print(f"as it is {as_is:.2f}, flattened {flat:.2f},",
      f"ratio {as_is / flat:.1f}")
# --8<-- [end:tokens]
