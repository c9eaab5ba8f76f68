# --8<-- [start:mismatch]
import shutil
from pathlib import Path

import numpy as np

from artifact import Refused, verify
from recommender import PREPROCESSING, Question, Recommender
from search import build_index

folder = Path("mixed")
shutil.copytree("artifact", folder)
vectors = np.load(folder / "vectors.npy")
generator = np.random.default_rng(0)
turn, _ = np.linalg.qr(generator.normal(size=(len(vectors[0]),) * 2))
other = (vectors @ turn).astype(np.float32)  # no two trainings turn alike
build_index(other).save_index(str(folder / "index.hnsw"))

right, wrong = Recommender(Path("artifact")), Recommender(folder)
shared = []
for user in list(right.seen)[:50]:
    ours, theirs = (
        set(one.personal(Question(user, 10))[:, 0]) for one in (right, wrong)
    )
    shared.append(len(ours & theirs))
print("it runs; fewer than 3 of 10 are right:", np.mean(shared) < 3)
try:
    verify(folder, PREPROCESSING)
except Refused as refused:
    print("Refused:", refused)
# --8<-- [end:mismatch]
