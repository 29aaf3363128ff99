"""Campaigns that choose by themselves what to measure: rules, queries and who thinks."""
