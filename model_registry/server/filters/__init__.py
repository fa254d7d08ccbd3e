"""Filters in the query language of the contract: parse, plan, and convert to SQL."""
