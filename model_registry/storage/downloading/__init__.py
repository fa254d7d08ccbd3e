"""Fetch the files that a URI names: staged, verified, then put in place; or read as a stream."""
