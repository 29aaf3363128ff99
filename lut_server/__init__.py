"""
What all devices know together: store, queue, tables, HTTP API, and the client of that API.

``lut_server.wire`` and ``lut_server.client`` are what other packages may import; everything else
is private to the server.
"""
