import multiprocessing

import torch

if __name__ == "__main__":
    torch.zeros(1, device="cuda")
    context = multiprocessing.get_context("fork")
    worker = context.Process(target=torch.zeros(1).to, args=("cuda",))
    worker.start()
    worker.join()
    print("the worker failed:", worker.exitcode != 0)
