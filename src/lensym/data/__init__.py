"""Images on their way to a network: from telescopes' files (readers, preprocess) and from data sets (module)."""
