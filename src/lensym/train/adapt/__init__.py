"""Adaptation: images with labels, and others without that the network shall answer too; a file a method."""
