"""What each operation of the contract does."""
