import multiprocessing


def main() -> None:
    """Start one process, and wait for it."""
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=print, args=("hello from a process",))
    process.start()
    process.join()
    print("exit code", process.exitcode)


if __name__ == "__main__":
    main()
