"""The two stages written down as spec/hna_nas.md describes them, to compare the search with."""
