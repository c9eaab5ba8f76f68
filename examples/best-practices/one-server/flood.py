"""400 requests as fast as one connection takes them."""

import collections
import http.client
import ssl

context = ssl.create_default_context(cafile="certificate.pem")
nginx = http.client.HTTPSConnection("127.0.0.1", 8285, context=context)
statuses: collections.Counter[int] = collections.Counter()
for _ in range(400):
    nginx.request("GET", "/v2/health/live")
    answer = nginx.getresponse()
    answer.read()
    statuses[answer.status] += 1
print("statuses:", sorted(statuses))
print("let through at once:", statuses[200] >= 60)
