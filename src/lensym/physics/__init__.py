"""Lens and light profiles, the lens equation, the telescope, and the fast kernels beside them.

Arrays in, arrays out: nothing here knows of files, of training or of a recipe. The plain formulas take arrays of any
library of the Python array API standard (numpy in float64 is the reference); ``kernels`` and ``noise`` hold the fused
CPU versions that the simulator runs.
"""
