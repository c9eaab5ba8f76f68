from functools import partial

from torch.utils.data import DataLoader


def scaled(rows: list[int], factor: int) -> list[int]:
    return [row * factor for row in rows]


if __name__ == "__main__":
    loader = DataLoader(
        range(4),
        batch_size=2,
        collate_fn=partial(scaled, factor=10),
        num_workers=1,
        multiprocessing_context="spawn",
    )
    print(list(loader))
