"""Is each picture answered, once, and rightly?"""

import sys

import pyarrow.compute as pc
import pyarrow.dataset as ds

answers = ds.dataset(sys.argv[1]).to_table().sort_by("id")
labels = ds.dataset("pictures").to_table(["id", "label"]).sort_by("id")
ids = answers["id"].combine_chunks()
print("rows:", len(ids), "of", labels.num_rows)
print("each once:", ids.equals(labels["id"].combine_chunks()))
right = pc.equal(answers["digit"], labels["label"])
print(f"right: {pc.mean(right).as_py():.2f}")
