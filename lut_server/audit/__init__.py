"""The audit: who did what to the server, in the transaction that did it."""
