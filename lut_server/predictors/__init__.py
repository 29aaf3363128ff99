"""Predictors of tables: fitted when asked for, kept as data, served."""
