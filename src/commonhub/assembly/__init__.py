"""The only place that chooses parts and joins them: settings, engines, records, doors.

`installation` says where one fleet lies on this machine, `parts` which processes it runs as, `keeping` joins
the keeper. It holds no rule of its own.
"""
