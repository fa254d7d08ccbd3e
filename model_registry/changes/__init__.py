"""What differs between resources, and what an update writes."""
