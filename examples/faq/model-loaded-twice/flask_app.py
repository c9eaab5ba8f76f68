import os
import sys

from flask import Flask

print("load:", __name__, os.getpid(), file=sys.stderr)
app = Flask(__name__)

if __name__ == "__main__":
    app.run(port=0, debug=True)
