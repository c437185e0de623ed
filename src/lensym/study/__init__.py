"""Many trainings that answer one question; each is kept, and a study that was stopped goes on."""
