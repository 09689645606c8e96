"""The contract, one class for each of its parts."""
