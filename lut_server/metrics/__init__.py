"""
What Prometheus asks for: ``GET /metrics``.

Two kinds of numbers.  What the store knows (devices, queue, tables, drift) is read from it when
asked, so that every worker and every server on one database says the same.  What only a process
knows (requests, how long they took, what it received) is counted in it, and summed over the
workers of one server; over servers, the one who asks sums.
"""
