"""Data sets from elsewhere: their layout recognised, every image taken as it is or refused with the reason."""
