"""Measurements that every installed Resync can make: `resync bench …`. Nothing is judged here."""
