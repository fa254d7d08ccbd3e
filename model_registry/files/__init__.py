"""The files of versions: moving them in a thread, checking their signatures."""
