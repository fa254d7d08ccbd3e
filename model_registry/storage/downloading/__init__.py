"""Download the files that a URI names: stage, verify and move them; or read them as a stream."""
