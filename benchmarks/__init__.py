"""How good and how fast it is: one module a figure, beside its baseline in the same run."""
