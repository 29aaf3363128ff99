"""
What does this ONNX model cost on the devices of the lab?  Ask the lookup-table server.

    hna serve & hna agent --server http://127.0.0.1:8765 &
    python examples/measure_an_onnx_model.py model.onnx my-laptop

Has what the tables lack measured first, on all devices of that model, and estimates from it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, DeviceSelection


def main(path: str, device_model: str) -> None:
    """Print the latency of the model in the file *path*, by each table of *device_model*."""
    model = Path(path).read_bytes()
    devices = DeviceSelection(models=(device_model,))
    request = CampaignRequest(name=f"cells of {path}"[:200], devices=devices, model=model)
    with LutClient(os.environ.get("HNA_SERVER")) as client:
        campaign = client.start_campaign(request)
        for note in campaign.notes:
            print(f"note: {note}")
        for now in client.follow(campaign.id):
            todo = now.requested - now.already_measured
            print(f"{now.measured} of {todo} measured; {now.waiting_for or now.state}")
        for table in campaign.tables:
            estimate = client.estimate_model(table, model)
            print(f"{table}: {estimate.latency_us} us, {len(estimate.missing)} rows missing")
            for doubt in estimate.doubts:
                print(f"  doubt: {doubt}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
