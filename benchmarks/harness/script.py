"""What every script of benchmarks/ is: a measurement, its tables, and one command line.

--quick       the smallest sizes, in seconds; prints, and writes nothing
--tables      only the tables and plots, from the result that is there
--allow-busy  measure on a busy machine, and mark the result
--results     another folder for results, tables and plots
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import machine, results

Result = dict[str, Any]


def in_repository(path: str) -> Path:
    """The place of a plot in the repository."""
    return results.ROOT / path


@dataclass(frozen=True)
class Benchmark:
    """One result and what is made of it.

    `measure` gets the options of the command line, of which `quick` asks for the smallest sizes,
    and returns figures; the environment, `caption` and, by `figures`, the flat keys that pages
    conclude from are added. `partial` says of the options whether they ask for a part. `tables`
    makes Markdown by file name, `draw` plots into the paths that `plots` names, from the result
    alone. `packages` are those whose versions count.
    """

    name: str
    script: str  # as readers would type it
    measure: Callable[[Namespace], Result]
    tables: Callable[[Result], dict[str, str]]
    packages: Sequence[str] = ("torch",)
    threads: int | None = None  # of PyTorch; None leaves its default
    quiet: bool = True  # False where nothing is timed
    draw: Callable[[Result, dict[str, Path]], None] | None = None
    plots: dict[str, str] = field(default_factory=dict)  # name -> path in the repository
    figures: Callable[[Result], dict[str, float]] | None = None
    baseline: Callable[[Result], machine.Baseline] | None = None
    arguments: Callable[[argparse.ArgumentParser], None] | None = None
    partial: Callable[[Namespace], bool] = field(default=lambda options: False)

    def parser(self, description: str | None) -> argparse.ArgumentParser:
        """The options that all scripts have, and those of this one."""
        parser = argparse.ArgumentParser(
            description=description, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("--quick", action="store_true", help="smallest sizes; prints")
        parser.add_argument(
            "--tables", action="store_true", help="only tables and plots, from the result"
        )
        parser.add_argument(
            "--allow-busy", action="store_true", help="measure on a busy machine, and mark it"
        )
        parser.add_argument(
            "--wait", type=float, default=600, help="seconds to wait for a quiet machine"
        )
        parser.add_argument("--results", type=Path, default=results.RESULTS, help="where to write")
        if self.arguments:
            self.arguments(parser)
        return parser

    def main(self, description: str | None, arguments: Sequence[str] | None = None) -> None:
        """The command line."""
        options = self.parser(description).parse_args(arguments)
        if options.tables:
            self.regenerate(results.RESULTS, options.results)
            return
        self.run(options)

    def run(self, options: Namespace) -> Result:
        """Measure, print the tables, and write all that is whole."""
        folder = options.results.resolve()
        result = self.measured(options)
        for text in self.tables(result).values():
            print(text)
        if folder == results.RESULTS and (options.quick or self.partial(options)):
            print(f"{self.script}: not a whole run, so nothing was written", file=sys.stderr)
            return result
        results.write(self.name, result, folder)
        self.make(result, folder)
        return result

    def measured(self, options: Namespace) -> Result:
        """The result, with what it says about itself."""
        if self.threads:
            import torch

            torch.set_num_threads(self.threads)
        wait = self.quiet and not options.quick
        quiet = machine.wait_until_quiet(options.wait, options.allow_busy) if wait else {}
        rates = [machine.copy_rate()] if wait else []
        begun = time.monotonic()
        about = machine.environment(self.packages) | quiet
        result = {"made_by": self.script, "environment": about, **self.measure(options)}
        about["load_at_end"] = machine.load_average()
        about["minutes"] = round((time.monotonic() - begun) / 60, 1)
        if wait:
            about["copy_gb_s"] = [*rates, machine.copy_rate()]
        if self.baseline and not options.quick:
            result["baseline"] = machine.check_baseline(self.baseline(result))
        return self.complete(result)

    def complete(self, result: Result) -> Result:
        """The result with the figures and the caption of claims."""
        if self.figures:
            result["figures"] = self.figures(result)
        return {**result, "caption": result.get("caption") or machine.caption(result)}

    def make(self, result: Result, folder: Path) -> None:
        """Write the tables and plots; plots go to their pages, or to a folder that was named."""
        results.write_tables(self.tables(result), folder)
        if self.draw:
            here = folder == results.RESULTS
            self.draw(
                result,
                {
                    name: in_repository(path) if here else folder / Path(path).name
                    for name, path in self.plots.items()
                },
            )

    def regenerate(self, source: Path, target: Path) -> None:
        """Write the tables and plots of the result that is in `source`, and its figures again."""
        result = results.read(self.name, source)
        if self.figures:
            result = self.complete(result)
            results.write(self.name, result, target)
        self.make(result, target.resolve())


@contextlib.contextmanager
def work_folder(*pages: str) -> Iterator[Path]:
    """A temporary folder with what the programs of pages find and have, as the place to be."""
    from fenceproof.project import project_at
    from fenceproof.reader import load_page

    project = project_at(results.ROOT)
    os.environ.setdefault("HANDBOOK_DATA", str(results.ROOT / "data"))
    before, path = Path.cwd(), sys.path.copy()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for page in pages:
            load_page(project.docs / f"{page}.md", project).copy_to(folder, with_program=True)
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        try:
            yield folder
        finally:
            os.chdir(before)
            sys.path[:] = path


def import_from(*examples: str) -> None:
    """Let programs of the pages be imported: folders of examples/, the first one first."""
    sys.path[:0] = [str(results.ROOT / "examples" / name) for name in examples]
