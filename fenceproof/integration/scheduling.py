"""With pytest-xdist: a page's blocks share a module, so a page is never split."""

from __future__ import annotations

from typing import Any

import pytest


class XdistPlugin:
    """With pytest-xdist: a page's blocks share a module, so a page is never split."""

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """A scheduler that gives each page as a whole to one worker."""
        from xdist.scheduler import LoadFileScheduling

        class PageScheduling(LoadFileScheduling):  # type: ignore[misc]
            def _split_scope(self, nodeid: str) -> str:
                """A page or a file stays whole, and so does a group of `--dist loadgroup`."""
                if nodeid.rfind("@") > nodeid.rfind("]"):
                    return nodeid.rpartition("@")[2]
                return str(super()._split_scope(nodeid))

            def remove_node(self, node: Any) -> Any:
                """A worker is gone. The page that it died of is not begun again;
                its other pages go to other workers.
                """
                work = self.assigned_work.pop(node)
                died = next(
                    (
                        (page, item)
                        for page, items in work.items()
                        for item, done in items.items()
                        if not done
                    ),
                    None,
                )
                if died is None:
                    return None
                self.workqueue.update(
                    {
                        page: items
                        for page, items in work.items()
                        if page != died[0] and not all(items.values())
                    }
                )
                for other in self.assigned_work:
                    self._reschedule(other)
                return died[1]

        config.option.loadscopereorder = False  # keep the longest page first
        return PageScheduling(config, log)
