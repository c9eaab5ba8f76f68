import multiprocessing as mp


def predict(row: int) -> None:
    print("predicted", row)


process = mp.get_context("spawn").Process(target=predict, args=(7,))
process.start()
process.join()
