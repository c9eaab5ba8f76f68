"""Several processes, one GPU (or CPU): each with its own share."""

import multiprocessing
import sys


def serve(number: int, count: int, answers: "multiprocessing.Queue") -> None:
    """What each worker does: take its share, load, answer."""
    import torch  # here: the parent only starts workers, and stays small
    from torch.export.passes import move_to_device_pass

    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        torch.cuda.set_per_process_memory_fraction(0.9 / count)
    torch.set_num_threads(1)
    program = torch.export.load("model.pt2")
    model = move_to_device_pass(program, device).module()
    with torch.inference_mode():
        logits = model(torch.ones(2, 64, device=device))
    answers.put((number, tuple(logits.shape)))


def main(count: int) -> None:
    """Start the workers, and wait for one answer from each."""
    context = multiprocessing.get_context("spawn")  # fork breaks CUDA
    answers = context.Queue()
    workers = [
        context.Process(target=serve, args=(number, count, answers))
        for number in range(count)
    ]
    for worker in workers:
        worker.start()
    print(sorted(answers.get(timeout=100) for _ in workers))
    for worker in workers:
        worker.join()
    print("ended with", [worker.exitcode for worker in workers])


if __name__ == "__main__":
    main(int(sys.argv[1]))
