# --8<-- [start:future]
import numpy as np
from sklearn.metrics import roc_auc_score

generator = np.random.default_rng(0)
movie = generator.integers(500, size=5000)  # rows are in order of time
liked = generator.integers(2, size=5000)
average = np.bincount(movie, liked) / np.bincount(movie)
print(
    f"average over everything: AUC {roc_auc_score(liked, average[movie]):.2f}"
)
# --8<-- [end:future]

# --8<-- [start:past]
count, sum_ = np.zeros(500), np.zeros(500)
before = np.empty(5000)
for row in range(5000):
    before[row] = (sum_[movie[row]] + 1) / (count[movie[row]] + 2)
    count[movie[row]] += 1
    sum_[movie[row]] += liked[row]
print(f"average of what came before: AUC {roc_auc_score(liked, before):.2f}")
# --8<-- [end:past]
