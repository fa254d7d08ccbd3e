"""One HTTP stack for the bytes of files: connections, redirects, retries, and what failures mean."""
