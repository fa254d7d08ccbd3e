"""Filters in the query language of the contract: from text to SQL."""
