"""Watchdog caught collective operation timeout"""
# --8<-- [start:hang]
import threading
from datetime import timedelta

import torch
import torch.distributed as dist


def serve(rank: int, calls: int, store: dist.Store) -> None:
    """One rank: every forward pass of a split model adds up over ranks."""
    group = dist.ProcessGroupGloo(store, rank, 2, timedelta(minutes=10))
    groups.append(group)  # the process stays alive
    options = dist.AllreduceOptions()
    for call in range(calls):
        if call == 2:  # do not wait ten minutes for what cannot come
            options.timeout = timedelta(seconds=0.2)
        try:
            group.allreduce([torch.ones(1)], options).wait()
            states[rank] = f"answered {call + 1}"
        except RuntimeError as error:
            states[rank] = "Timed out" if "Timed out" in str(error) else "?"


def run(calls: tuple[int, int]) -> None:
    """Two ranks, in threads, with so many forward passes each."""
    store = dist.HashStore()
    ranks = [
        threading.Thread(target=serve, args=(rank, count, store))
        for rank, count in enumerate(calls)
    ]
    for thread in ranks:
        thread.start()
    for thread in ranks:
        thread.join()
    print(f"calls {calls}:", states[0], "|", states[1])


groups: list[dist.ProcessGroupGloo] = []
states = ["", ""]
run((2, 2))
run((3, 2))
# --8<-- [end:hang]

# --8<-- [start:read]
import re

LINE = re.compile(r"\[Rank (\d+)\] Watchdog caught .*\(SeqNum=(\d+),")


def verdict(log: str, size: int) -> str:
    """Where to look, by the watchdog's lines of all ranks."""
    at = {int(rank): int(number) for rank, number in LINE.findall(log)}
    silent = sorted(set(range(size)) - set(at))
    if silent:
        return f"ranks {silent} did not wait: read their logs first"
    if len(set(at.values())) > 1:
        return f"the ranks made different calls: {at}"
    if min(at.values()) <= 2:
        return "all stopped at the beginning: the links between the cards"
    return f"all stopped at call {at[0]}: the links, or a kernel that hangs"


def line(rank: int, number: int) -> str:
    return (
        f"[rank{rank}]:[E ProcessGroupNCCL.cpp:632] [Rank {rank}] Watchdog"
        f" caught collective operation timeout: WorkNCCL(SeqNum={number},"
        " OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran"
        " for 600086 milliseconds before timing out.\n"
    )


print(verdict(line(0, 1) + line(1, 1), size=2))
print(verdict(line(0, 1580) + line(2, 1580) + line(3, 1580), size=4))
print(verdict(line(0, 812) + line(1, 811), size=2))
# --8<-- [end:read]

# --8<-- [start:check]
import os

from check import check

os.environ.update(RANK="0", WORLD_SIZE="1", LOCAL_RANK="0")
os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="0")
check()
# --8<-- [end:check]
