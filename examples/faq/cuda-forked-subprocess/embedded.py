"""gunicorn inside a program; the model is made in each worker."""
import multiprocessing
import os
from collections.abc import Callable

from gunicorn.app.base import BaseApplication

Application = Callable[[dict, Callable], list[bytes]]


def make_application() -> Application:
    """Load the model, and return the application around it."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = torch.nn.Linear(4, 3).to(device).eval()
    loaded_in = os.getpid()

    def application(environ: dict, start_response: Callable) -> list[bytes]:
        with torch.inference_mode():
            model(torch.ones(1, 4, device=device))
        in_parent = loaded_in == os.getppid()
        spawned = multiprocessing.parent_process() is not None
        text = f"loaded in the parent: {in_parent}, spawned: {spawned}\n"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]

    return application


class Server(BaseApplication):
    def load_config(self) -> None:
        self.cfg.set("bind", "127.0.0.1:8947")
        self.cfg.set("control_socket_disable", True)

    def load(self) -> Application:
        """gunicorn calls it in each worker, after the fork."""
        return make_application()


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")  # gunicorn does not ask it
    Server().run()
