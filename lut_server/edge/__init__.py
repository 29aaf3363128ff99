"""
What every request passes before anybody asks who it is from: ids, limits, a log, headers.

Plain ASGI, since each of these costs every request something.
"""
