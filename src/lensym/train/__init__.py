"""Training: one Lightning module a task, and the run folder around it."""
