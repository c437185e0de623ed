"""Reading images: a telescope's files, and data sets for training and evaluation."""
