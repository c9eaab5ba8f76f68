import torch

torch.cuda._is_in_bad_fork = lambda: True  # as after a real fork
torch.zeros(1).to("cuda")
