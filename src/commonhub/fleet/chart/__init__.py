"""Chart values: our words for a hub, said as values of 2i2c's basehub chart and of zero-to-jupyterhub, and back.

Every rule can be turned round. A rule takes a value out of the chart's values only when giving it back yields the
same value again, digit for digit: that is the proof that an import loses nothing. It reads and writes no files.
"""
