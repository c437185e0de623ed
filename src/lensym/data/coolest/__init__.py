"""Simulated scenes in COOLEST, the lensing community's standard for lens models (Galan et al. 2023, JOSS 8, 5567)."""
