"""Tables of the documentation, a module for each page."""
