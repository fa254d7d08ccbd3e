"""The registry's HTTP interface."""
