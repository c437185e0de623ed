"""The web page: a file dropped on it, an answer that can be understood, and a simulator to play with."""
