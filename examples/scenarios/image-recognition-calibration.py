# --8<-- [start:overconfident]
import numpy as np
import torch

from calibration import ece, fit_temperature, reliability, softmax
from fashion import folder, load
from train import logits, train

torch.set_num_threads(1)
images, labels = load(folder(), "train")
test, truth = load(folder(), "test")
small, _ = train(images[:300], labels[:300], epochs=40)
answers = logits(small, test)
print(f"right: {np.mean(answers.argmax(1) == truth):.0%}")
print(f"sure:  {softmax(answers).max(1).mean():.0%}")
fifths = reliability(answers, truth, bins=5)
for count, sure, right in fifths:
    if count > 50:  # fewer say little
        share = f"{count / len(truth):4.0%} of the answers"
        print(f"{share}: {sure:.0%} sure, {right:.0%} right")
# --8<-- [end:overconfident]
# --8<-- [start:ece]
print(f"ECE {ece(answers, truth):.2f}")
# --8<-- [end:ece]
# --8<-- [start:temperature]
held_out = logits(small, images[5500:]), labels[5500:]
temperature = fit_temperature(*held_out)
cooled = answers / temperature
print(f"temperature {temperature:.1f}")
print(f"ECE {ece(cooled, truth):.2f}")
same = np.array_equal(cooled.argmax(1), answers.argmax(1))
print("the same decisions:", same)
# --8<-- [end:temperature]
# --8<-- [start:floor]


def floor(logits: np.ndarray, draws: int = 50) -> float:
    """The mean ECE if these probabilities were exactly true."""
    generator = np.random.default_rng(0)
    odds = np.cumsum(softmax(logits.astype(np.float64)), axis=1)
    values = []
    for _ in range(draws):
        drawn = (generator.random((len(odds), 1)) > odds).sum(axis=1)
        values.append(ece(logits, drawn))
    return float(np.mean(values))


print(f"perfect on {len(cooled)} images: ECE {floor(cooled):.2f}")
print(f"perfect on 100 images: ECE {floor(cooled[:100]):.2f}")
# --8<-- [end:floor]
# --8<-- [start:committed]
from train import load_network

network, temperature = load_network()
found = logits(network, test) / temperature
print(f"temperature {temperature:.1f}, ECE {ece(found, truth):.3f}")
print("within twice the perfect:", ece(found, truth) < 2 * floor(found))
# --8<-- [end:committed]
# --8<-- [start:decide]


def decide(
    name: str, logits: np.ndarray, least: float = 0.9
) -> tuple[float, float, float]:
    """The shares answered by the model, promised right, and right."""
    odds = softmax(logits)
    taken = odds.max(1) >= least
    promised = odds.max(1)[taken].mean()
    kept = np.mean(odds.argmax(1)[taken] == truth[taken])
    share = f"{taken.mean():.0%} answered"
    print(f"{name}: {share}, promised {promised:.0%}, right {kept:.0%}")
    return float(taken.mean()), float(promised), float(kept)


few = decide("few images      ", answers)
calibrated = decide("few, calibrated ", cooled)
committed = decide("committed       ", found)
# --8<-- [end:decide]
# --8<-- [start:shift]
generator = np.random.default_rng(0)
noise = generator.normal(0, 60, test.shape)
noisy = np.clip(test + noise, 0, 255).astype(np.uint8)
shifted = decide("with sensor noise", logits(network, noisy) / temperature)
# --8<-- [end:shift]
