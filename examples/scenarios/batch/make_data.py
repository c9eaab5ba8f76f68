"""600,000 pictures of digits in eight Parquet files."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_digits

ROWS, PARTS = 600_000, 8


def main() -> None:
    """Write pictures/part-0.parquet and so on: scans, each a bit noisy."""
    scans = load_digits()
    rng = np.random.default_rng(0)
    folder = Path("pictures")
    folder.mkdir()
    each = ROWS // PARTS
    for part in range(PARTS):
        which = rng.integers(len(scans.images), size=each)
        pictures = scans.images[which].reshape(each, 64).astype(np.float32)
        pictures += rng.random(pictures.shape, dtype=np.float32)
        pixels = pa.array(pictures.clip(0, 16).ravel())
        table = pa.table(
            {
                "id": np.arange(part * each, (part + 1) * each),
                "pixels": pa.FixedSizeListArray.from_arrays(pixels, 64),
                "label": scans.target[which].astype(np.int8),
            }
        )
        path = folder / f"part-{part}.parquet"
        pq.write_table(table, path, row_group_size=8192)


if __name__ == "__main__":
    main()
