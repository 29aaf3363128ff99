"""A search whose optimum is known: NAS-Bench-201's cells, their published latencies, a budget."""
