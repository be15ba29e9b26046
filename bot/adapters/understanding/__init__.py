"""Understanding what a client types, without a word leaving the machine."""
