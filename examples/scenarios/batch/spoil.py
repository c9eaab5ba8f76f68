"""Put something that is no number into one picture of a file."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

table = pq.read_table(sys.argv[1])
pixels = table["pixels"].combine_chunks().flatten().to_numpy().copy()
pixels[64 * 40_000] = np.nan
spoilt = pa.FixedSizeListArray.from_arrays(pa.array(pixels), 64)
table = table.set_column(1, "pixels", spoilt)
pq.write_table(table, sys.argv[1], row_group_size=8192)
