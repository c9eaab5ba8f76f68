import torch

if torch.cuda.is_available():
    # --8<-- [start:gpu]
    import multiprocessing

    import torch

    torch.zeros(1, device="cuda")
    context = multiprocessing.get_context("fork")
    worker = context.Process(target=torch.zeros(1).to, args=("cuda",))
    worker.start()
    worker.join()
    print("the worker failed:", worker.exitcode != 0)
    # --8<-- [end:gpu]
