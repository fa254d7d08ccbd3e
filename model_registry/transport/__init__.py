"""The seam to the wire: requests go out here, and answers and failures come back as ours."""
