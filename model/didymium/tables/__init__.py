"""Workbooks and CSV folders in, rows that know their cell out."""
