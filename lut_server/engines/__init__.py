"""The databases a store can be in; what is particular to one of them is in its file here."""
