"""The reference service with a model that raises for a black picture, once it serves.

`uvicorn --factory poison:create_app`, in the service's folder.
"""

from typing import Any

import server
import service
from model import open_model, warm_up

create_app = server.create_app
serving = False


def open_poisoned(*arguments: Any) -> Any:
    predict = open_model(*arguments)

    def poisoned(images: Any) -> Any:
        if serving and (images == 0).all(axis=(1, 2, 3)).any():
            raise ValueError("black picture")
        return predict(images)

    return poisoned


def warm_up_then_serve(*arguments: Any) -> None:
    global serving
    warm_up(*arguments)  # with black pictures
    serving = True


service.open_model = open_poisoned
service.warm_up = warm_up_then_serve
