"""The audit trail: an entry for each write, stored in the transaction of the write."""
