"""torch._dynamo.exc.Unsupported: a graph break under fullgraph=True"""
# --8<-- [start:model]
import logging
import time

import torch
from torch import nn

logger = logging.getLogger("scorer")


class Scorer(nn.Module):
    """Scales rows of features and scores them."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(8, 4)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        if features.max() > 1:
            features = features / features.max()
        self.called_at = time.time()
        scores = self.score(features)
        logger.info("%d rows", len(scores))
        return scores

    def score(self, features: torch.Tensor) -> torch.Tensor:
        return self.head(features).tanh()


torch.manual_seed(0)
model = Scorer().eval().requires_grad_(False)
features = 2 * torch.rand(16, 8)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.compile(model, fullgraph=True)(features)
    # --8<-- [end:fails]
except torch._dynamo.exc.Unsupported as error:
    print(error)

# --8<-- [start:find]
report = torch._dynamo.explain(model)(features)
for found in report.break_reasons:
    print(found.user_stack[-1].line)
    print("   ", found.reason.strip().splitlines()[0])
# --8<-- [end:find]

# --8<-- [start:fix]
class ScorerInOneGraph(Scorer):
    """The same, as arithmetic alone."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        peak = features.max()
        features = torch.where(peak > 1, features / peak, features)
        return self.score(features)


whole = ScorerInOneGraph().eval().requires_grad_(False)
whole.load_state_dict(model.state_dict())
compiled = torch.compile(whole, fullgraph=True, backend="eager")

called_at = time.time()
scores = compiled(features)
logger.info("%d rows", len(scores))
print("difference:", (scores - model(features)).abs().max().item())
# --8<-- [end:fix]

# --8<-- [start:ignore]
ignored = torch._dynamo.config.ignore_logging_functions
ignored.add(logging.Logger.info)
report = torch._dynamo.explain(model)(features)
print([found.user_stack[-1].line for found in report.break_reasons])
# --8<-- [end:ignore]

# --8<-- [start:part]
model.score = torch.compile(
    model.score, fullgraph=True, backend="eager"
)
print("difference:", (scores - model(features)).abs().max().item())
# --8<-- [end:part]
