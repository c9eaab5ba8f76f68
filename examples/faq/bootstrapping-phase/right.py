import multiprocessing as mp

print("imported by", __name__)


def predict(row: int) -> None:
    print("predicted", row)


def main() -> None:
    process = mp.get_context("spawn").Process(target=predict, args=(7,))
    process.start()
    process.join()


if __name__ == "__main__":
    main()
