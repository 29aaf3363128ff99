"""
Meeting the target: networks near a budget are measured, and one that holds it is chosen.

A prediction is off by a few per cent, and a device is not every day as fast as when its table was
measured.  So before anything is trained, several derived networks are measured beside anchors
(``sitting``), and derived again with what was learnt, until enough of them hold (``meet``).
"""
