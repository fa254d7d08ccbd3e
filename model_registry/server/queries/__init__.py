"""Queries: which resources a request selects, in which order, and in which pages."""
