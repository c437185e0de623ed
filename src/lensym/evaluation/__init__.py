"""From labels and probabilities to figures that a referee would accept, and a page that says what they mean.

Arrays and callables in, results out: nothing here knows of data sets on disk or of training.
"""
