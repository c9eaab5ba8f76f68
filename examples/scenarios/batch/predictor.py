"""What predicts, whoever gives it the pictures."""

import numpy as np
import pyarrow as pa
import torch


class Predictor:
    """Loads the model once, and is called with one batch after the other."""

    def __init__(self, path: str) -> None:
        torch.set_num_threads(1)  # several of these share the machine
        self.model = torch.export.load(path).module()

    def __call__(self, batch: pa.Table | pa.RecordBatch) -> pa.Table:
        """Columns id, pixels (64 values) → id, digit, score.

        Raises:
            ValueError: a picture holds something that is no number.
        """
        pixels = batch.column("pixels")
        if isinstance(pixels, pa.ChunkedArray):
            pixels = pixels.combine_chunks()
        values = pixels.flatten().to_numpy(zero_copy_only=False)
        images = torch.tensor(values).reshape(-1, 8, 8)
        finite = images.isfinite().all(dim=(1, 2))
        if not finite.all():
            row = int(finite.int().argmin())
            raise ValueError(f"id {batch.column('id')[row]} has no number")
        with torch.inference_mode():
            score, digit = self.model(images).softmax(1).max(1)
        return pa.table(
            {
                "id": batch.column("id"),
                "digit": digit.numpy().astype(np.int8),
                "score": score.numpy(),
            }
        )
