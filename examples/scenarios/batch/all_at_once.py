"""Read everything, predict everything: what works in a notebook."""

import pyarrow.parquet as pq

from predictor import Predictor

pictures = pq.read_table("pictures")
print("rows:", pictures.num_rows)
answers = Predictor("digits.pt2")(pictures)
pq.write_table(answers, "predictions.parquet")
