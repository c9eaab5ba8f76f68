NOTICE_S = {"AWS": 120, "Google Cloud": 30, "Azure": 30}
SEEN_S = 5  # until somebody has noticed, and told the pod
PRE_STOP_S = 5  # preStop: load balancers forget the pod
DRAIN_S = 1  # 503 to new requests

for cloud, notice_s in NOTICE_S.items():
    left_s = notice_s - SEEN_S - PRE_STOP_S - DRAIN_S
    print(f"{cloud}: a request may take {left_s} s")
