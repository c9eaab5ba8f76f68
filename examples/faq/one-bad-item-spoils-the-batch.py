# --8<-- [start:reproduce]
import torch

model = torch.nn.Linear(4, 1, bias=False)
torch.nn.init.constant_(model.weight, 0.5)


def predict(rows: list[list[float]]) -> list[float]:
    """Rows of four numbers to one number each, in one call."""
    with torch.inference_mode():
        return model(torch.tensor(rows)).squeeze(1).tolist()


waiting = [[1.0] * 4, [2.0] * 3, [3.0] * 4]
print(predict(waiting[:1]), predict(waiting[2:]))
# --8<-- [end:reproduce]
try:
    # --8<-- [start:together]
    predict(waiting)
    # --8<-- [end:together]
except ValueError as error:
    print(error)


# --8<-- [start:fix]
def answer(rows: list[list[float]]) -> list[float | str]:
    """An answer or an error for each row."""
    try:
        return list(predict(rows))
    except (ValueError, RuntimeError) as error:
        if len(rows) == 1:
            return [str(error)]
        return [answer([row])[0] for row in rows]


for result in answer(waiting):
    print(result)
# --8<-- [end:fix]
