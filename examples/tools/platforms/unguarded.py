import multiprocessing

spawn = multiprocessing.get_context("spawn")
process = spawn.Process(target=print, args=("hello from a process",))
process.start()
process.join()
print("exit code", process.exitcode)
