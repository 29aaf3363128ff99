"""Images with masks: folders, synthetic scenes, splits, augmentation and batches."""
