"""The same with Ray Data: reading, predicting and writing at once."""

import sys
import tempfile
from pathlib import Path

import pyarrow.dataset as ds
import ray
from ray.data import ActorPoolStrategy, DataContext
from ray.data.checkpoint import CheckpointConfig

from predictor import Predictor

STORE = 80 * 2**20  # bytes that may be under way between the processes


def predict(sources: list[str], target: str, program: str) -> None:
    """Write the answers for those rows that the checkpoint does not have."""
    pictures = ray.data.read_parquet(sources).select_columns(["id", "pixels"])
    answers = pictures.map_batches(
        Predictor,
        fn_constructor_args=(program,),
        batch_format="pyarrow",
        batch_size=4096,
        compute=ActorPoolStrategy(size=2),
        num_cpus=1,
    )
    answers.write_parquet(target)


def main(target: str) -> None:
    """Predict five files, as if stopped there, and then all of them."""
    sources = sorted(str(p.absolute()) for p in Path("pictures").iterdir())
    program = str(Path("digits.pt2").absolute())
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        ray.init(
            address="local",
            num_cpus=4,
            object_store_memory=STORE,
            include_dashboard=False,
            log_to_driver=False,
            _temp_dir=folder,
        )
        context = DataContext.get_current()
        context.enable_progress_bars = False
        context.checkpoint_config = CheckpointConfig(
            id_column="id",
            checkpoint_path=str(Path("checkpoint").absolute()),
            delete_checkpoint_on_success=False,
        )
        try:
            for some in (sources[:5], sources):
                predict(some, target, program)
                rows = ds.dataset(target).count_rows()
                print(f"asked for {len(some)} files, rows on disk: {rows}")
        finally:
            ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
