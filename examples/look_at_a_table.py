# %% [markdown]
# # What does this device's table say?
#
#     hna serve & hna agent --server http://127.0.0.1:8765 &
#     python examples/price_a_network.py
#
# Then open this file in an editor that knows cells, or run it: it prints what a notebook shows.

# %%
"""A lookup table of a server looked at cell by cell, as in a notebook."""

import os

from lut_server.client import LutClient
from profiler.operations import operation_label

client = LutClient(os.environ.get("HNA_SERVER"))
for view in client.tables():
    print(f"{view.name}: {view.entries} entries, version {view.version}")

# %% [markdown]
# A table shows itself: its slowest operations as bars, with their 90 % intervals.

# %%
table = client.table(view.name)
table  # noqa: B018 - the last line of a cell is what it shows

# %% [markdown]
# Which operations are priced worst: the widest intervals, relative to their latency.

# %%
widths = {
    entry: (entry.interval_us[1] - entry.interval_us[0]) / entry.latency_us
    for entry in table.entries
    if entry.interval_us and entry.latency_us > 0
}
for entry, width in sorted(widths.items(), key=lambda item: -item[1])[:5]:
    print(f"{width:7.1%} of {entry.latency_us:9.1f} us  {operation_label(entry.operation)}")

# %% [markdown]
# The slowest one over time: one line for each session it was measured in.

# %%
slowest = max(table.entries, key=lambda entry: entry.latency_us)
for point in client.timeline(table.name, slowest.operation).points:
    us = "no border" if point.entry is None else f"{point.entry.latency_us:.1f} us"
    print(f"{point.at[:16]}  {us}  on {point.device}, {point.disturbed} rounds disturbed")

# %%
client.close()
