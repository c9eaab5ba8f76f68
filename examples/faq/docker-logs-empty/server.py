import logging
import time

print("loading the model")
logging.getLogger("server").info("3 files read")
logging.getLogger("server").warning("no GPU: on the CPU")
time.sleep(60)
