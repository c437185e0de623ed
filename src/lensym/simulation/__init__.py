"""Recipes -> drawn parameters -> images, in parallel and reproducible."""
