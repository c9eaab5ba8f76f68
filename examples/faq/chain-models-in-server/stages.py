import asyncio
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn

compute = ThreadPoolExecutor(1)  # one thread computes, for all stages


class Stage:
    """One model with a queue of its own: batches whatever waits."""

    def __init__(self, path: str, max_batch: int = 64) -> None:
        self.model: nn.Module = torch.export.load(path).module()
        self.max_batch, self.batches = max_batch, []
        self.queue: asyncio.Queue = asyncio.Queue(maxsize=256)

    async def __call__(self, item: Tensor) -> Tensor:
        """Return the model's output for one item."""
        answer = asyncio.get_running_loop().create_future()
        await self.queue.put((item, answer))
        return await answer

    @torch.inference_mode()
    def predict(self, items: list[Tensor]) -> list[Tensor]:
        self.batches.append(len(items))
        return list(self.model(torch.stack(items)))

    async def run(self) -> None:
        """Serve the queue until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self.queue.get()]
            while not self.queue.empty() and len(batch) < self.max_batch:
                batch.append(self.queue.get_nowait())
            items, answers = zip(*batch, strict=True)
            try:
                outputs = await loop.run_in_executor(
                    compute, self.predict, items)
            except Exception as error:  # all of this batch learn of it
                outputs = [error] * len(answers)
            for answer, output in zip(answers, outputs, strict=True):
                if answer.done():  # the client has gone
                    continue
                if isinstance(output, Exception):
                    answer.set_exception(output)
                else:
                    answer.set_result(output)
