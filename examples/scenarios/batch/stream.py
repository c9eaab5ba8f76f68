"""Predict file by file and batch by batch; may be stopped and started."""

import os
from pathlib import Path

import pyarrow.parquet as pq

from predictor import Predictor

COLUMNS = ["id", "pixels"]  # what is not needed is not read


def predict_file(source: Path, target: Path, predict: Predictor) -> None:
    """Write the answers for one file, all of them or none."""
    unfinished = target.with_suffix(".unfinished")
    with pq.ParquetFile(source) as pictures:
        writer = None
        for batch in pictures.iter_batches(batch_size=4096, columns=COLUMNS):
            answers = predict(batch)
            if writer is None:
                writer = pq.ParquetWriter(unfinished, answers.schema)
            writer.write_table(answers)
        if writer is not None:
            writer.close()
    os.replace(unfinished, target)  # only now does it have its name


def main() -> None:
    """Do what is not done yet."""
    predict = Predictor("digits.pt2")
    done = Path("predictions")
    done.mkdir(exist_ok=True)
    sources = sorted(Path("pictures").glob("part-*.parquet"))
    left = [s for s in sources if not (done / s.name).exists()]
    print("files:", len(sources), "left:", len(left))
    for source in left:
        try:
            predict_file(source, done / source.name, predict)
        except ValueError as error:  # pyarrow's ArrowInvalid is one
            raise SystemExit(f"{source.name}: {error}") from error


if __name__ == "__main__":
    main()
