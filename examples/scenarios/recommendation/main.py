# --8<-- [start:data]
from pathlib import Path

import numpy as np

import planted
from ratings import DAY, load

truth = planted.write(Path("ml-planted"))
ratings = load(Path("ml-planted"))
print(len(ratings), "ratings,", len(ratings.movies), "movies")
print(Path("ml-planted/ratings.dat").read_text().splitlines()[0])
print(next(iter(ratings.movies.items())))
print(f"liked: {ratings.liked.mean():.1%}")
# --8<-- [end:data]

# --8<-- [start:faults]
from ratings import BadRatings


def attempt(name: str, text: str) -> None:
    folder = Path("broken")
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    try:
        print(len(load(folder)), "ratings")
    except BadRatings as error:
        print(error)


attempt("readme.txt", "nothing here")
attempt("ratings.csv", "userId,movieId,rating,timestamp\n1,7,4.5,964982703\n")
attempt("movies.csv", 'movieId,title,genres\n7,"Heat, The (2013)",Comedy\n')
attempt("movies.csv", "movieId,title,genres\n8,Up (2009),Comedy\n")
attempt("ratings.dat", "1::7::4::964982703\n1::8::5\n")
attempt("ratings.dat", "1::7::four::964982703\n")
attempt("ratings.dat", "1::7::40::964982703\n")
# --8<-- [end:faults]

# --8<-- [start:optimum]
import torch

from evaluation import ndcg, ranks, recall

torch.set_num_threads(1)  # these models are too small to share
past, test = ratings.split(planted.START + 660 * DAY)
likely = torch.special.ndtr  # of the normal distribution


def optimum(row: int) -> np.ndarray:
    """What is known to nobody: the true odds of watching and liking."""
    user, day = test.users[row] - 1, (test.times[row] - planted.START) / DAY
    liked = likely(torch.tensor(truth.stars(user, day) - 3.5) / 0.8)
    return truth.choice(user, day) + liked.log().numpy()


def show(name: str, found: np.ndarray, best: np.ndarray) -> None:
    share = recall(found, 10) / recall(best, 10)
    print(
        f"{name:14} NDCG@10 {ndcg(found, 10):.2f}  "
        f"recall@10 {recall(found, 10):.2f}  {share:.2f} of the optimum"
    )


strangers = set(test.users.tolist()) - set(past.users.tolist())
new = set(test.items.tolist()) - set(past.items.tolist())
print(len(past), "ratings before,", len(test), "after")
print(len(strangers), "people and", len(new), "movies never seen before")
best = ranks(optimum, past, test)
show("optimum", best, best)
# --8<-- [end:optimum]

# --8<-- [start:popular]
position = {key: n for n, key in enumerate(sorted(ratings.movies))}
items = np.array([position[key] for key in ratings.items.tolist()])
since = len(past) - np.searchsorted(past.times, past.times[-1] - 60 * DAY)
ever = np.bincount(items[: len(past)], minlength=len(position))
recent = np.bincount(items[len(past) - since : len(past)], minlength=len(ever))
always = ranks(lambda row: ever, past, test)
lately = ranks(lambda row: recent, past, test)
show("popular ever", always, best)
show("popular lately", lately, best)
# --8<-- [end:popular]

# --8<-- [start:factors]
from torch import nn
from torch.nn import functional as F


def factorize(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Scores [users, movies] of a matrix factorization with biases."""
    torch.manual_seed(0)
    user = nn.Embedding(planted.PEOPLE + 1, 32)
    item = nn.Embedding(len(position), 32)
    bias = nn.Parameter(torch.zeros(len(position)))
    for table in (user, item):
        nn.init.normal_(table.weight, std=0.1)
    parameters = [user.weight, item.weight, bias]
    optimizer = torch.optim.Adam(parameters, lr=0.02)
    for _ in range(4):
        for rows in torch.randperm(len(users)).split(1024):
            of = torch.from_numpy(users[rows])
            scores = user(of) @ item.weight.T + bias
            loss = F.cross_entropy(scores, torch.from_numpy(items[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    known = np.isin(np.arange(planted.PEOPLE + 1), users)
    vectors = torch.where(torch.from_numpy(known)[:, None], user.weight, 0)
    return (vectors @ item.weight.T + bias).detach().numpy()


scores = factorize(past.users, items[: len(past)])
factors = ranks(lambda row: scores[test.users[row]], past, test)
show("factorization", factors, best)
# --8<-- [end:factors]

# --8<-- [start:random]
chosen = np.random.default_rng(0).random(len(ratings)) < 0.1
past, test = ratings.part(~chosen), ratings.part(chosen)
best_at_random = ranks(optimum, past, test)
flattered = factorize(past.users, items[~chosen])
at_random = ranks(lambda row: flattered[test.users[row]], past, test)
show("random split", at_random, best_at_random)
# --8<-- [end:random]
# --8<-- [start:earlier]
past, test = ratings.part(slice(0)), ratings  # from the first rating on
rows = chosen[test.liked]  # of these, the ones that the split held out
best_in_order = ranks(optimum, past, test)[rows]
in_order = ranks(lambda row: flattered[test.users[row]], past, test)[rows]
show("in order", in_order, best_in_order)
# --8<-- [end:earlier]
