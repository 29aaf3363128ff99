"""How good a segmentation is: mIoU, nIoU, Pd, Fa (spec 5.5)."""
