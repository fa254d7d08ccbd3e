"""What the client does for servers that are not our registry: the Go server has peculiarities.

One module for each group: `storable` for values that it refuses or changes, `metrics` for metrics and
parameters that it confuses, `data_sets` for data sets of one name, `structs` for updates that it refuses, and
`written` for what it stored. Look-ups by name are in `model_registry/transport/exact_find.py`.
"""
