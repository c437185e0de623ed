"""A trained network in use: predictions on arrays and files, and its assessment on a data set."""
